/** `podstorm describe`: one Pod, Node or Deployment of a finished run with all that kubectl tells about it. */
import type { ApiObject, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { describeDeployment, describeNode, describePod } from "../../reports/kubectl/describe.ts";
import type { KindNames } from "../../reports/kubectl/kinds.ts";
import { ExitCode } from "../exit-code.ts";
import { answering, atOption, kindOf, namespaceOption, notFound, objectsOf, openView, runOption, ViewError, type View } from "../view.ts";
import type { Call, Command } from "./command.ts";

export const describe: Command = {
  parameters: [
    ["<kind>", "pod, node or deployment; KIND/NAME"],
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
  call.terminal.out(objects.map((object) => textOf(object, view.snapshot)).join("\n\n"));
  return ExitCode.passed;
}

function describable(word: string): KindNames {
  const kind = kindOf(word);
  if (kind.plural === "pods" || kind.plural === "nodes" || kind.plural === "deployments") return kind;
  throw new ViewError(
    `describe: found ${kind.plural}, expected pods, nodes or deployments (hint: podstorm get ${kind.plural} -o yaml shows them)`,
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

function textOf(object: ApiObject, snapshot: ApiSnapshot): string {
  const { name, namespace } = object.metadata;
  const isIt = (other: ApiObject): boolean => other.metadata.name === name && other.metadata.namespace === namespace;
  switch (object.kind) {
    case "Pod":
      return describePod(snapshot.pods.find(isIt)!, snapshot);
    case "Node":
      return describeNode(snapshot.nodes.find(isIt)!, snapshot);
    default:
      return describeDeployment(snapshot.deployments.find(isIt)!, snapshot);
  }
}
