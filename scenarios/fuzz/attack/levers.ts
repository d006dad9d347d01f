/**
 * What an adversary can buy: the words of a budget, the faults that they stand for, whom these hit, and what they cost.
 *
 *   count      2 nodes, 1 zone for 30s     so many targets; each for as long as it says, or to the end
 *   time       4s of API server            so long in all, at once or in parts
 *   strength   20% loss for 30s            at most so strong, so long in all
 */
import type { FaultType } from "../../../engine/chaos/fault.ts";
import type { PlainDocument } from "../fuzz-case.ts";

export type LeverName =
  | "node"
  | "zone"
  | "reboot"
  | "drain"
  | "pod"
  | "crash"
  | "OOM kill"
  | "API server"
  | "slow API server"
  | "watch lag"
  | "endpoint lag"
  | "partition"
  | "freeze"
  | "kubelet"
  | "hang"
  | "image pulls"
  | "loss"
  | "delay"
  | "errors"
  | "probe failures"
  | "slow CPU"
  | "slow service";

/** Zones and nodes one by one; Pods of one workload: some of them, or all; or nobody in particular. */
export type Scope = "zones" | "nodes" | "some pods" | "workload" | "cluster";

interface LeverBase {
  readonly fault: FaultType;
  readonly scope: Scope;
  /**
   * In seconds of an API server that is away: of one target (count), of a second (time), of a second at full strength
   * (strength). Rough: how rare it is in production, and how much it takes along.
   */
  readonly price: number;
  readonly meaning: string;
  /** Further fields of the fault. */
  readonly fields?: PlainDocument;
}

export type Lever =
  | (LeverBase & {
      readonly kind: "count";
      readonly plural: string;
      /** Whether it can be said how long it lasts. */
      readonly lasts: boolean;
    })
  | (LeverBase & { readonly kind: "time" })
  | (LeverBase & {
      readonly kind: "strength";
      readonly unit: StrengthUnit;
      /** The fault's field that says how strong it is. */
      readonly field: string;
    });

export type StrengthUnit = "percent" | "factor" | "duration";

export const levers: Readonly<Record<LeverName, Lever>> = {
  node: { kind: "count", plural: "nodes", lasts: true, fault: "node-loss", scope: "nodes", price: 20, meaning: "a node is lost" },
  zone: {
    kind: "count",
    plural: "zones",
    lasts: true,
    fault: "zone-loss",
    scope: "zones",
    price: 60,
    meaning: "all nodes of a zone are lost",
  },
  reboot: { kind: "count", plural: "reboots", lasts: true, fault: "node-reboot", scope: "nodes", price: 10, meaning: "a node boots again" },
  drain: { kind: "count", plural: "drains", lasts: true, fault: "node-drain", scope: "nodes", price: 5, meaning: "a node is drained" },
  pod: { kind: "count", plural: "pods", lasts: false, fault: "pod-kill", scope: "some pods", price: 3, meaning: "a Pod is killed at once" },
  crash: {
    kind: "count",
    plural: "crashes",
    lasts: false,
    fault: "container-crash",
    scope: "some pods",
    price: 2,
    meaning: "the containers of a Pod end",
  },
  "OOM kill": {
    kind: "count",
    plural: "OOM kills",
    lasts: false,
    fault: "oom-kill",
    scope: "some pods",
    price: 2,
    meaning: "the containers of a Pod are killed for memory",
  },
  "API server": { kind: "time", fault: "api-server-outage", scope: "cluster", price: 1, meaning: "the API server refuses everything" },
  "slow API server": {
    kind: "time",
    fault: "api-server-slow",
    scope: "cluster",
    price: 0.5,
    meaning: "each request to the API server waits a second",
  },
  "watch lag": { kind: "time", fault: "watch-lag", scope: "cluster", price: 0.5, meaning: "watches are a second late" },
  "endpoint lag": { kind: "time", fault: "endpoint-lag", scope: "cluster", price: 0.5, meaning: "Service proxies learn a second late" },
  partition: { kind: "time", fault: "network-partition", scope: "nodes", price: 1, meaning: "a node is cut off" },
  freeze: { kind: "time", fault: "node-freeze", scope: "nodes", price: 1, meaning: "a node stands still" },
  kubelet: { kind: "time", fault: "kubelet-restart", scope: "nodes", price: 0.5, meaning: "a node has no kubelet" },
  hang: { kind: "time", fault: "hang", scope: "some pods", price: 0.5, meaning: "a Pod answers nothing" },
  "image pulls": { kind: "time", fault: "image-pull-failure", scope: "workload", price: 0.2, meaning: "no image can be pulled" },
  loss: {
    kind: "strength",
    unit: "percent",
    field: "rate",
    fault: "network-loss",
    scope: "workload",
    price: 2,
    meaning: "packets of a workload are lost",
  },
  delay: {
    kind: "strength",
    unit: "duration",
    field: "latency",
    fault: "network-delay",
    scope: "workload",
    price: 1,
    meaning: "packets of a workload are late",
  },
  errors: {
    kind: "strength",
    unit: "percent",
    field: "rate",
    fault: "failing-service",
    scope: "workload",
    price: 2,
    meaning: "requests to a workload are answered with errors",
  },
  "probe failures": {
    kind: "strength",
    unit: "percent",
    field: "rate",
    fault: "probe-failure",
    scope: "workload",
    price: 1,
    meaning: "probes of a workload fail",
  },
  "slow CPU": {
    kind: "strength",
    unit: "factor",
    field: "slowdown",
    fault: "cpu-starvation",
    scope: "workload",
    price: 1,
    meaning: "a workload computes so many times as long",
  },
  "slow service": {
    kind: "strength",
    unit: "factor",
    field: "slowdown",
    fault: "slow-service",
    scope: "workload",
    price: 1,
    meaning: "requests to a workload take so many times as long",
  },
};

/** What full strength is, which `price` is meant for: everything, ten times, a second (µs). */
export const fullStrength: Readonly<Record<StrengthUnit, number>> = { percent: 100, factor: 10, duration: 1_000_000 };

/** Without effect. */
export const noStrength: Readonly<Record<StrengthUnit, number>> = { percent: 0, factor: 1, duration: 0 };

/** Other words that people use. */
const synonyms: Readonly<Record<string, LeverName>> = {
  apiserver: "API server",
  "api-server": "API server",
  "api server outage": "API server",
  "control plane": "API server",
  "oom-kill": "OOM kill",
  "oom-kills": "OOM kill",
  "packet loss": "loss",
  "network loss": "loss",
  latency: "delay",
  "network delay": "delay",
  "network partition": "partition",
  "node freeze": "freeze",
  replica: "pod",
  replicas: "pod",
};

/** By its name, its plural or another word for it, in any case. */
export function leverNamed(text: string): LeverName | null {
  const wanted = text.toLowerCase();
  for (const [name, lever] of Object.entries(levers)) {
    const names = lever.kind === "count" ? [name, lever.plural] : [name];
    if (names.some((each) => each.toLowerCase() === wanted)) return name as LeverName;
  }
  return synonyms[wanted] ?? null;
}

/** As a budget says it. */
export function exampleOf(name: LeverName): string {
  const lever = levers[name];
  switch (lever.kind) {
    case "count":
      return `2 ${lever.plural}${lever.lasts ? " [for 30s]" : ""}`;
    case "time":
      return `10s of ${name}`;
    case "strength":
      return `${lever.unit === "percent" ? "20%" : lever.unit === "factor" ? "10x" : "200ms"} ${name} for 30s`;
  }
}
