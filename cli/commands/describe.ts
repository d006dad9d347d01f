/** `podstorm describe`: an object of a finished run with all that kubectl tells about it. */
import type { ApiObject, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { describeDeployment, describeNode, describePod } from "../../reports/kubectl/describe.ts";
import {
  describeBudget,
  describeDaemonSet,
  describeJob,
  describeReplicas,
  describeService,
  describeStatefulSet,
} from "../../reports/kubectl/describe-workloads.ts";
import type { KindNames, Plural } from "../../reports/kubectl/kinds.ts";
import { ExitCode } from "../exit-code.ts";
import { answering, atOption, kindOf, namespaceOption, notFound, objectsOf, openView, runOption, ViewError, type View } from "../view.ts";
import type { Call, Command } from "./command.ts";

export const describe: Command = {
  parameters: [
    [
      "<kind>",
      "pod, node, deployment, statefulset, daemonset, replicaset, replicationcontroller, job, service or poddisruptionbudget; KIND/NAME",
    ],
    ["[name...]", "names of objects, or what they begin with, and the folder of the run; all of them, unless given"],
  ],
  description: "Describes objects of a finished run as kubectl would have at that instant, with their Events.",
  options: [atOption, namespaceOption, runOption],
  examples: [
    ["podstorm describe pod web --at 93s", "Pods whose names begin with web: probes, last state, conditions, Events"],
    ["podstorm describe node node-0 podstorm-out/rolling-update", "a node and what runs there at the end of a run"],
  ],
  run: (call) => answering<ExitCode>(call, ExitCode.badInput, () => show(call)),
};

async function show(call: Call): Promise<ExitCode> {
  let kind: KindNames | null = null;
  let names: readonly string[] = [];
  const view = await openView(call, (words) => {
    const [first = "", ...rest] = words;
    const [word = "", name] = first.split("/");
    kind = describable(word);
    names = name === undefined ? rest : [name, ...rest];
  });
  const objects = find(view, kind!, names);
  if (objects.length === 0) {
    call.terminal.error(view.namespace === null ? "No resources found\n" : `No resources found in ${view.namespace} namespace.\n`);
    return ExitCode.passed;
  }
  call.terminal.out(objects.map((object) => textOf(object, kind!, view.snapshot)).join("\n\n"));
  return ExitCode.passed;
}

const describers: { readonly [P in Plural]?: (isIt: (object: ApiObject) => boolean, snapshot: ApiSnapshot) => string } = {
  pods: (isIt, snapshot) => describePod(snapshot.pods.find(isIt)!, snapshot),
  nodes: (isIt, snapshot) => describeNode(snapshot.nodes.find(isIt)!, snapshot),
  deployments: (isIt, snapshot) => describeDeployment(snapshot.deployments.find(isIt)!, snapshot),
  statefulsets: (isIt, snapshot) => describeStatefulSet(snapshot.statefulsets.find(isIt)!, snapshot),
  daemonsets: (isIt, snapshot) => describeDaemonSet(snapshot.daemonsets.find(isIt)!, snapshot),
  replicasets: (isIt, snapshot) => describeReplicas(snapshot.replicasets.find(isIt)!, snapshot),
  replicationcontrollers: (isIt, snapshot) => describeReplicas(snapshot.replicationcontrollers.find(isIt)!, snapshot),
  jobs: (isIt, snapshot) => describeJob(snapshot.jobs.find(isIt)!, snapshot),
  services: (isIt, snapshot) => describeService(snapshot.services.find(isIt)!, snapshot),
  poddisruptionbudgets: (isIt, snapshot) => describeBudget(snapshot.poddisruptionbudgets.find(isIt)!, snapshot),
};

function describable(word: string): KindNames {
  const kind = kindOf(word);
  if (describers[kind.plural] !== undefined) return kind;
  throw new ViewError(
    `describe: found ${kind.plural}, expected ${Object.keys(describers).join(", ")} (hint: podstorm get ${kind.plural} -o yaml shows them)`,
  );
}

/** By name, or else by the beginning of names, as kubectl does. */
function find(view: View, kind: KindNames, names: readonly string[]): readonly ApiObject[] {
  const objects = objectsOf(view, kind);
  if (names.length === 0) return objects;
  return names.flatMap((name) => {
    const exact = objects.filter(({ metadata }) => metadata.name === name);
    const found = exact.length > 0 ? exact : objects.filter(({ metadata }) => metadata.name.startsWith(name));
    if (found.length === 0) throw notFound(kind, name);
    return found;
  });
}

function textOf(object: ApiObject, kind: KindNames, snapshot: ApiSnapshot): string {
  const { name, namespace } = object.metadata;
  return describers[kind.plural]!(({ metadata }) => metadata.name === name && metadata.namespace === namespace, snapshot);
}
