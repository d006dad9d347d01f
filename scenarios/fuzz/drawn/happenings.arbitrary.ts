/** What goes wrong and what an operator does: every fault and every action, in tables that don't compile when one is missing. */
import fc from "fast-check";
import type { WrittenAction } from "../../../engine/actions/action.schema.ts";
import type { FaultType } from "../../../engine/chaos/fault.ts";
import { SECOND } from "../../../engine/kernel/time.ts";
import { formatDuration, parseDuration } from "../../../engine/values/duration.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { listOf, maybe, oneOf, seconds, share, someOf, whole, withoutGaps } from "./fields.ts";
import type { WorkloadKind } from "./objects.arbitrary.ts";
import { GATE } from "./pod.arbitrary.ts";

/** What there is to hit. */
export interface Targets {
  readonly workloads: readonly {
    readonly name: string;
    readonly kind: WorkloadKind;
    readonly hasService: boolean;
    readonly hasProbes?: boolean;
  }[];
  /** By name. */
  readonly nodes: readonly string[];
  /** Names of budgets, autoscalers and other rules, with their kinds. */
  readonly rules: readonly { readonly name: string; readonly kind: string }[];
}

/** What a fault's targets are, and what it says besides. */
interface FaultKind {
  readonly hits: "pods" | "nodes" | "zones" | "cluster";
  readonly lasts: boolean;
  readonly fields: fc.Arbitrary<PlainDocument>;
}

const container = maybe(fc.constant("main"), 1);
const onPods = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): FaultKind => ({
  hits: "pods",
  lasts: true,
  fields: fc.record({ container, ...fields }).map(withoutGaps),
});
const onNodes = (fields: fc.Arbitrary<PlainDocument> = fc.constant({})): FaultKind => ({ hits: "nodes", lasts: true, fields });
const onCluster = (fields: fc.Arbitrary<PlainDocument>): FaultKind => ({ hits: "cluster", lasts: true, fields });
const delay = someOf({ delay: oneOf("500ms", "2s", "8s") }, 7);

const faultKinds: { readonly [Type in FaultType]: FaultKind } = {
  "probe-failure": {
    hits: "pods",
    lasts: true,
    fields: someOf({ probe: oneOf("startup", "readiness", "liveness", "all"), rate: share }, 5),
  },
  "oom-kill": { hits: "pods", lasts: false, fields: fc.record({ container }).map(withoutGaps) },
  "pod-kill": { hits: "pods", lasts: false, fields: someOf({ gracePeriod: oneOf("0s", "5s", "own") }, 5) },
  "container-crash": onPods({ rate: oneOf("4/m", "20/m"), code: maybe(oneOf(0, 7), 3) }),
  hang: onPods({}),
  "slow-probe": onPods({ latency: oneOf("500ms", "2s"), probe: maybe(oneOf("startup", "readiness", "liveness", "all"), 4) }),
  "memory-leak": onPods({ growth: oneOf("4Mi/s", "50Mi/s") }),
  "memory-spike": onPods({ size: oneOf("100Mi", "1Gi") }),
  "cpu-starvation": onPods({ slowdown: oneOf(2, 50) }),
  "slow-service": onPods({ slowdown: oneOf(2, 50) }),
  "failing-service": onPods({ rate: oneOf("50%", "100%") }),
  "network-delay": {
    hits: "pods",
    lasts: true,
    fields: someOf({ jitter: oneOf("10ms", "100ms") }, 5).map((more) => ({ latency: "100ms", ...more })),
  },
  "network-loss": { hits: "pods", lasts: true, fields: someOf({ rate: share }, 7) },
  "network-partition": onNodes(someOf({ from: oneOf("api-server", "clients", "both") }, 7)),
  "node-loss": onNodes(),
  "node-freeze": onNodes(),
  "node-reboot": onNodes(someOf({ runtime: oneOf("kept", "empty") }, 5)),
  "node-shutdown": onNodes(),
  "kubelet-restart": onNodes(someOf({ duration: oneOf("100ms", "600ms", "2s") }, 5)),
  "node-drain": onNodes(
    someOf({ force: fc.boolean(), ignoreDaemonSets: fc.boolean(), disableEviction: fc.boolean(), timeout: seconds(5, 30) }, 3),
  ),
  "image-pull-failure": onNodes(someOf({ rate: share, image: fc.constant("web:v1") }, 3)),
  "image-pull-slow": onNodes(someOf({ slowdown: oneOf(2, 20) }, 5)),
  "zone-loss": { hits: "zones", lasts: true, fields: fc.constant({}) },
  "api-server-outage": onCluster(fc.constant({})),
  "api-server-slow": onCluster(delay),
  "watch-lag": onCluster(delay),
  "endpoint-lag": onCluster(delay),
};

const onRequests: ReadonlySet<FaultType> = new Set([
  "slow-service",
  "failing-service",
  "network-delay",
  "network-loss",
  "endpoint-lag",
  "network-partition",
]);

const onProbes: ReadonlySet<FaultType> = new Set(["probe-failure", "slow-probe"]);

/** Without load it does nothing. */
export function isOnRequests(type: FaultType): boolean {
  return onRequests.has(type);
}

export const faultTypes: readonly FaultType[] = Object.keys(faultKinds) as FaultType[];

export interface FaultDraw {
  readonly type: FaultType;
  readonly at: string;
  readonly duration: string | undefined;
  readonly target: number;
  /** Of a fault on nodes: their Pods' nodes instead of a node by name. */
  readonly isByWorkload: boolean;
  readonly mode: "one" | "all" | "fixed" | "fixed-percent" | "random-max-percent";
  readonly value: number;
  readonly fields: PlainDocument;
}

/** Seconds, or tenths of them: races need those. */
function instant(latest: number): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 2, arbitrary: seconds(1, latest) },
    { weight: 1, arbitrary: whole(10, 10 * latest).map((tenths) => `${tenths * 100}ms`) },
  );
}

export function faultDraw(types: readonly FaultType[], latest: number): fc.Arbitrary<FaultDraw> {
  return fc.constantFrom(...types).chain((type) =>
    fc.record({
      type: fc.constant(type),
      at: instant(latest),
      duration: fc.oneof({ weight: 5, arbitrary: seconds(1, 80) }, { weight: 1, arbitrary: fc.constant(undefined) }),
      target: fc.nat(5),
      isByWorkload: fc.boolean(),
      mode: oneOf("one", "one", "all", "all", "fixed", "fixed-percent", "random-max-percent"),
      value: whole(1, 60),
      fields: faultKinds[type].fields,
    }),
  );
}

export function faultDocument(draw: FaultDraw, name: string, targets: Targets): PlainDocument {
  const { type, at, duration, value, fields } = draw;
  const { hits, lasts } = faultKinds[type];
  const selector = hits === "cluster" ? undefined : selectorOf(draw, targets);
  // A share of the one node is none.
  const mode = selector !== undefined && "node" in selector ? "all" : draw.mode;
  const takesValue = mode !== "one" && mode !== "all";
  return withoutGaps({
    at,
    name,
    type,
    ...(hits === "cluster" ? {} : { selector, mode, ...(takesValue ? { value: mode === "fixed" ? 1 + (value % 3) : value + 40 } : {}) }),
    ...(lasts ? { duration } : {}),
    ...fields,
  });
}

function selectorOf({ type, target, isByWorkload }: FaultDraw, { workloads, nodes }: Targets): PlainDocument | undefined {
  const { hits } = faultKinds[type];
  if (hits === "zones") return undefined;
  if (hits === "nodes" && (!isByWorkload || workloads.length === 0)) return { node: nodes[target % nodes.length] };
  const able = workloads.filter(({ hasService, hasProbes }) =>
    isOnRequests(type) ? hasService : !onProbes.has(type) || hasProbes === true,
  );
  const among = able.length > 0 ? able : workloads;
  const workload = among[target % Math.max(1, among.length)];
  return workload === undefined ? {} : podSelector(workload);
}

function podSelector({ name, kind }: Targets["workloads"][number]): PlainDocument {
  if (kind === "Deployment") return { deployment: name };
  if (kind === "ReplicaSet") return { replicaSet: name };
  return kind === "Pod" ? { pod: name } : { labels: { app: name } };
}

export type ActionKind = Exclude<keyof WrittenAction, "at">;

export interface ActionDraw {
  readonly kind: ActionKind;
  readonly at: string;
  readonly target: number;
  readonly fields: PlainDocument;
  /** What it takes back was done before. */
  readonly isPrepared: boolean;
}

/** What each says besides whom it is about. */
const actionKinds: { readonly [Action in ActionKind]-?: fc.Arbitrary<PlainDocument> } = {
  apply: fc.record({ replicas: maybe(whole(0, 5), 5), image: maybe(oneOf("web:v2", "web:v3"), 5) }).map(withoutGaps),
  setImage: fc.record({ image: oneOf("web:v2", "web:v3") }),
  setEnv: fc.record({ env: oneOf<unknown>("LEVEL=debug", ["A=1", "LEVEL-"]) }),
  setResources: oneOf<PlainDocument>(
    { requests: { cpu: "200m" } },
    { limits: { memory: "512Mi" } },
    { requests: { memory: "32Mi" }, limits: { cpu: "1" } },
  ),
  restart: fc.constant({}),
  undo: fc.constant({}),
  pause: fc.constant({}),
  resume: fc.constant({}),
  rolloutStatus: someOf({ timeout: seconds(1, 30) }, 7),
  label: fc.record({ labels: oneOf<unknown>("tier=other", ["app=stray"], "disk=fast", "tier-"), overwrite: fc.constant(true) }),
  annotate: fc.record({ annotations: oneOf<unknown>("note=x", ["note-"]), overwrite: fc.constant(true) }),
  scale: fc.record({ replicas: whole(0, 7) }),
  delete: someOf({ cascade: oneOf("background", "foreground", "orphan"), force: fc.constant(true), gracePeriod: oneOf("0s", "3s") }, 3),
  setCondition: fc.record({ type: fc.constant(GATE), status: oneOf("True", "False", "Unknown") }),
  debug: someOf({ name: fc.constant("looker"), target: fc.constant("main") }, 3).map((more) => ({ image: "debug:v1", ...more })),
  cordon: fc.constant({}),
  uncordon: fc.constant({}),
  taint: fc.record({ taint: oneOf<unknown>("out=x:NoExecute", "out:NoExecute-", ["busy:NoSchedule"]) }),
  evict: someOf({ gracePeriod: oneOf("0s", "5s") }, 4),
  drain: someOf(
    {
      force: fc.constant(true),
      ignoreDaemonSets: fc.constant(true),
      disableEviction: fc.constant(true),
      gracePeriod: seconds(1, 10),
      timeout: seconds(5, 40),
    },
    5,
  ),
};

export const actionNames: readonly ActionKind[] = Object.keys(actionKinds) as ActionKind[];

export function actionDraw(latest: number, kinds: readonly ActionKind[] = actionNames): fc.Arbitrary<ActionDraw> {
  return fc.constantFrom(...kinds).chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      at: instant(latest),
      target: fc.nat(5),
      fields: actionKinds[kind],
      isPrepared: oneOf(true, true, true, false),
    }),
  );
}

/** Kinds that each action on a workload can be about; those that are missing here are about nodes, Pods or files. */
const workloadActions: Partial<Readonly<Record<ActionKind, readonly WorkloadKind[]>>> = {
  setImage: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod"],
  setEnv: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"],
  setResources: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"],
  restart: ["Deployment", "StatefulSet", "DaemonSet"],
  undo: ["Deployment", "StatefulSet", "DaemonSet"],
  pause: ["Deployment"],
  resume: ["Deployment"],
  rolloutStatus: ["Deployment", "StatefulSet", "DaemonSet"],
  scale: ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"],
  label: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"],
  annotate: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"],
};

const kindFields: { readonly [Kind in WorkloadKind]: string } = {
  Pod: "pod",
  Deployment: "deployment",
  ReplicaSet: "replicaSet",
  ReplicationController: "replicationController",
  StatefulSet: "statefulSet",
  DaemonSet: "daemonSet",
  Job: "job",
  CronJob: "cronJob",
};

/** In order; none: there is nothing in this case that it could be about. */
export function actionDocuments(draw: ActionDraw, targets: Targets): readonly PlainDocument[] {
  const { kind, at, fields, isPrepared } = draw;
  const whom = whomOf(draw, targets);
  if (whom === null) return [];
  const before = isPrepared ? undoneBy(draw) : null;
  return [
    ...(before === null ? [] : [{ at: earlier(at), [before.kind]: { ...whom, ...before.fields } }]),
    { at, [kind]: { ...whom, ...ofKind(kind, fields, whom) } },
  ];
}

/** What takes something back does nothing alone. Null: it takes nothing back. */
function undoneBy({ kind, fields }: ActionDraw): { readonly kind: ActionKind; readonly fields: PlainDocument } | null {
  const { taint } = fields;
  if (kind === "undo") return { kind: "setImage", fields: { image: "web:v4" } };
  if (kind === "resume") return { kind: "pause", fields: {} };
  if (kind === "uncordon") return { kind: "cordon", fields: {} };
  return kind === "taint" && taint === "out:NoExecute-" ? { kind, fields: { taint: "out=x:NoExecute" } } : null;
}

function earlier(at: string): string {
  return formatDuration(Math.max(SECOND, (parseDuration(at) ?? 0) - 5 * SECOND));
}

/** Grace periods and force are for single Pods. */
function ofKind(kind: ActionKind, { force, gracePeriod, ...fields }: PlainDocument, whom: PlainDocument): PlainDocument {
  return kind === "delete" && !("pod" in whom) ? fields : withoutGaps({ ...fields, force, gracePeriod });
}

function whomOf({ kind, target }: ActionDraw, { workloads, nodes, rules }: Targets): PlainDocument | null {
  const node = { node: nodes[target % nodes.length] };
  switch (kind) {
    case "cordon":
    case "uncordon":
    case "taint":
    case "drain":
      return node;
    case "apply":
      // Files are made by whoever puts the case together.
      return null;
    case "evict":
    case "debug":
    case "setCondition": {
      const workload = workloads[target % Math.max(1, workloads.length)];
      return workload === undefined ? null : { selector: podSelector(workload) };
    }
    case "delete": {
      const rule = rules[target % Math.max(1, rules.length)];
      if (target === 5) return node;
      if (target === 4 && rule !== undefined) return { kind: rule.kind, name: rule.name };
      const workload = workloads[target % Math.max(1, workloads.length)];
      if (workload === undefined) return null;
      return target === 3 && workload.hasService ? { service: workload.name } : { [kindFields[workload.kind]]: workload.name };
    }
    case "label":
      if (target === 5) return node;
      if (target === 4 && workloads[0] !== undefined) return { selector: podSelector(workloads[0]), count: 1 };
      break;
    default:
  }
  const able = workloads.filter((workload) => workloadActions[kind]?.includes(workload.kind) === true);
  const workload = able[target % Math.max(1, able.length)];
  return workload === undefined ? null : { [kindFields[workload.kind]]: workload.name };
}

/** Groups and repetitions: composed of faults that are drawn already. */
export type Composition = "alone" | "serial" | "parallel" | "schedule" | "when";
export const composition: fc.Arbitrary<Composition> = fc.oneof(
  { weight: 12, arbitrary: fc.constant("alone" as const) },
  { weight: 4, arbitrary: oneOf("serial", "parallel", "schedule", "when") },
);

export function composed(faults: readonly PlainDocument[], how: Composition): readonly PlainDocument[] {
  const [first, ...rest] = faults;
  if (first === undefined || how === "alone") return faults;
  if (how === "schedule") return [{ ...first, ...("duration" in first ? { duration: "20s" } : {}), schedule: { every: "40s" } }, ...rest];
  if (how === "when") return [{ ...first, when: { metric: "restarts", threshold: "count>0" } }, ...rest];
  const members = faults.map(({ at: _at, ...member }) => member);
  if (how === "serial" && members[0]!["duration"] === undefined) return faults;
  const entries = how === "serial" ? [...members.slice(0, 1), { pause: "3s" }, ...members.slice(1)] : members;
  return [{ at: first["at"], [how]: entries }];
}

const counts = { faults: 3, actions: 4 } as const;

/** Of all types; or, in half of all cases, of two, so that they meet their like. */
export function faultDraws(latest: number): fc.Arbitrary<readonly FaultDraw[]> {
  return meeting(faultTypes, (types) => listOf(faultDraw(types, latest), 1, counts.faults));
}

export function actionDraws(latest: number): fc.Arbitrary<readonly ActionDraw[]> {
  return meeting(actionNames, (kinds) => listOf(actionDraw(latest, kinds), 1, counts.actions));
}

function meeting<Kind, Draw>(all: readonly Kind[], draws: (kinds: readonly Kind[]) => fc.Arbitrary<Draw>): fc.Arbitrary<Draw> {
  const one = fc.constantFrom(...all);
  return fc.oneof(draws(all), fc.tuple(one, one).chain(draws));
}
