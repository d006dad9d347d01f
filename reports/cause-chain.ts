/**
 * Chains of causes in words. A chain runs from the row that a loss or restart refers to, by parents, to its
 * root: a fault, an action, or the state before the run. It is told in two parts: what happened up to the
 * nearest decision (a rollout's step, a scale, a taint), and what started it all. A crash loop's
 * chain grows with each restart, so each transition of a Pod is told once, and how often it came again.
 *
 *   listener closed ← SIGTERM ← Pod deleted ← rollout step of default/web     near
 *   … ← action: set image of web to web:v2                                    root
 *
 *   killed for memory ← application listens ← container started (repeated 5 times) ← as the run began
 *
 * An overload has two parents where endpoints are missing: capacity against load, and what took the endpoints.
 */
import { ApplicationTrait, CauseKind, causeKinds, readApplicationDetail, type CauseSubject } from "../engine/cause-kinds.ts";
import type { CauseRow } from "../engine/kernel/causes.ts";
import type { RunResult } from "../engine/result.ts";
import { formatCount, plural } from "./figures.ts";

export interface CauseChain {
  /** From the leaf to the nearest decision, kinds only: chains of different Pods read the same. No transition of one Pod occurs twice. */
  readonly near: readonly string[];
  /** How many of `near`, from the leaf on, came again further back; how often, `repeats` says. */
  readonly cycle: number;
  readonly repeats: number;
  /** The first of all, with its subject. */
  readonly root: string;
  /** Workload of the rollout that the chain passes through, or null. */
  readonly rollout: string | null;
  /** Index of the fault at its root, or null. */
  readonly fault: number | null;
  readonly rootTime: number | null;
  /** What it happened to at the leaf: a Pod or node by name, or null. */
  readonly subject: string | null;
  /** What that is; "none" without one. */
  readonly subjectKind: CauseSubject;
  /** Of an overload that met fewer replicas than desired: how that came, if somebody decided it; null: no other parent. */
  readonly besides: CauseChain | null;
}

/** Kinds at which the near part ends: somebody decided. */
const decisions: ReadonlySet<number> = new Set([
  CauseKind.settled,
  CauseKind.manifestsApplied,
  CauseKind.action,
  CauseKind.fault,
  CauseKind.faultEnded,
  CauseKind.deploymentChanged,
  CauseKind.rolloutStep,
  CauseKind.scaleDecision,
  CauseKind.nodeTainted,
  CauseKind.application,
  CauseKind.memoryLimit,
  CauseKind.cpuLimit,
  CauseKind.nodeCpuShort,
  CauseKind.nodeConnectionsFull,
  CauseKind.nodeOutOfMemory,
  CauseKind.nodePressure,
  CauseKind.autoscaled,
  CauseKind.nodeUnneeded,
]);

export class CauseChains {
  private readonly rows: ReadonlyMap<number, CauseRow>;
  private readonly podNames: ReadonlyMap<number, string>;
  private readonly podWorkloads: ReadonlyMap<number, number>;
  private readonly result: RunResult;
  private readonly known = new Map<number, CauseChain>();
  /** Of chains that stand beside others: the cause at their leaf. */
  private readonly shortages = new Map<CauseChain, number>();

  constructor(result: RunResult) {
    this.result = result;
    this.rows = new Map(result.causes.map((row) => [row.id, row]));
    this.podNames = new Map(result.control.pods.map((pod) => [pod.id, `${pod.namespace}/${pod.name}`]));
    this.podWorkloads = new Map(result.control.pods.map((pod) => [pod.id, pod.workload]));
  }

  chainOf(cause: number): CauseChain {
    let chain = this.known.get(cause);
    if (chain === undefined) {
      chain = this.newChain(cause);
      this.known.set(cause, chain);
    }
    return chain;
  }

  private newChain(cause: number): CauseChain {
    return this.toldChain(upToShortage(this.rowsOf(cause)), (rows) => this.besides(rows));
  }

  private toldChain(rows: readonly CauseRow[], besides: (rows: readonly CauseRow[]) => CauseChain | null): CauseChain {
    const leaf = rows[0];
    const last = rows.at(-1);
    if (leaf === undefined || last === undefined) return UNKNOWN;
    const end = rows.findIndex((row) => decisions.has(row.kind));
    const near = folded(rows.slice(0, end === -1 ? rows.length : end + 1).filter((row) => row !== last || !isRootKind(row.kind)));
    const step = rows.find((row) => row.kind === CauseKind.rolloutStep);
    return {
      near: near.rows.map((row) => this.kindText(row)),
      cycle: near.cycle,
      repeats: near.repeats,
      root: this.rootText(last),
      rollout: step === undefined ? null : (this.result.names.workloads[step.subject] ?? `workload ${step.subject}`),
      fault: last.kind === CauseKind.fault ? last.subject : null,
      rootTime: last.time,
      subject: this.subjectText(leaf),
      subjectKind: causeKinds[leaf.kind]?.subject ?? "none",
      besides: besides(rows),
    };
  }

  /** What had taken replicas of the workload away when the overload began, up to a fault, an action or a rollout. */
  private besides(rows: readonly CauseRow[]): CauseChain | null {
    const overload = rows.find(({ kind }) => kind === CauseKind.overload);
    const workload = overload === undefined ? undefined : this.podWorkloads.get(overload.subject);
    if (overload === undefined || workload === undefined) return null;
    const { shortages } = this.result.control.availability;
    const shortage = shortages.find(
      ({ workload: of, from, until }) => of === workload && from <= overload.time && (until === -1 || overload.time < until),
    );
    if (shortage === undefined) return null;
    const chain = this.toldChain(this.rowsOf(shortage.cause), () => null);
    this.shortages.set(chain, shortage.cause);
    return chain.fault === null && chain.rollout === null && !chain.root.startsWith(ACTION) ? null : chain;
  }

  /** Every row of a chain with its subject and instant, leaf first. */
  rowsOf(cause: number): readonly CauseRow[] {
    const rows: CauseRow[] = [];
    let row = this.rows.get(cause);
    // A chain can't be longer than the table, whatever the parents say.
    while (row !== undefined && rows.length < this.rows.size) {
      rows.push(row);
      row = this.rows.get(row.parent);
    }
    return rows;
  }

  /** Every row of what stands beside the chain of a cause; none: nothing does. */
  rowsBeside(cause: number): readonly CauseRow[] {
    const { besides } = this.chainOf(cause);
    return besides === null ? [] : this.rowsOf(this.shortages.get(besides) ?? 0);
  }

  /** A row in words with its subject. */
  lineOf(row: CauseRow): string {
    if (isRootKind(row.kind)) return this.rootText(row);
    const subject = this.subjectText(row);
    const text = this.kindText(row);
    return subject === null || text.includes(subject) ? text : `${text}: ${subject}`;
  }

  /** A row in words without the Pod's or node's name, so that rows of different Pods can be counted together. */
  private kindText(row: CauseRow): string {
    const kind = causeKinds[row.kind];
    const text = kind?.text ?? `transition ${row.kind}`;
    if (kind?.subject === "workload") return `${text} of ${this.result.names.workloads[row.subject] ?? row.subject}`;
    if (row.kind === CauseKind.containerExited) return `${text} with code ${row.detail}`;
    if (row.kind === CauseKind.readyChanged) return row.detail === 0 ? "Pod turned unready" : "Pod turned ready";
    return text;
  }

  private rootText(row: CauseRow): string {
    if (row.kind === CauseKind.action) return `${ACTION}${this.result.control.actions[row.subject]?.text ?? row.subject}`;
    if (row.kind === CauseKind.fault || row.kind === CauseKind.faultEnded) {
      const fault = this.result.control.faults[row.subject];
      const name = fault === undefined ? String(row.subject) : fault.name === fault.type ? fault.type : `${fault.name} (${fault.type})`;
      return row.kind === CauseKind.fault ? `fault: ${name}` : `end of fault: ${name}`;
    }
    if (row.kind === CauseKind.settled || row.kind === CauseKind.manifestsApplied) return causeKinds[row.kind]!.text;
    if (row.kind === CauseKind.postStartFailed) return `postStart hook of ${this.workloadOf(row.subject)} failed`;
    if (row.kind === CauseKind.application) return this.applicationText(row);
    if (row.kind === CauseKind.memoryLimit) return `manifest: resources.limits.memory of ${this.workloadOf(row.subject)}`;
    if (row.kind === CauseKind.cpuLimit) return `manifest: resources.limits.cpu of ${this.workloadOf(row.subject)}`;
    if (row.kind === CauseKind.nodeCpuShort) return `CPU of ${this.nodeName(row.subject)}: its Pods want more than it has`;
    if (row.kind === CauseKind.nodeConnectionsFull)
      return `connections of ${this.nodeName(row.subject)}: its probes leave behind more than it has room for`;
    if (row.kind === CauseKind.nodeOutOfMemory) return `memory of ${this.nodeName(row.subject)}: its Pods need more than it has`;
    if (row.kind === CauseKind.nodePressure) return `${this.nodeName(row.subject)} is short of ${shortages(row.detail)}`;
    if (row.kind === CauseKind.autoscaled) return `autoscaler of ${this.result.names.workloads[row.subject] ?? row.subject}`;
    if (row.kind === CauseKind.nodeUnneeded) return `autoscaler: ${this.nodeName(row.subject)} unneeded`;
    // Nobody injected it: it follows from the manifests, the load or the application's behaviour.
    return "no fault or action behind it";
  }

  private applicationText(row: CauseRow): string {
    const { trait, load, concurrency, queue } = readApplicationDetail(row.detail);
    const workload = this.workloadOf(row.subject);
    switch (trait) {
      case ApplicationTrait.capacity:
        return `application: concurrency ${formatCount(concurrency)} and queue ${formatCount(queue)} of ${workload} under ${this.loadsText(load)}`;
      case ApplicationTrait.serviceTime:
        return `application: serviceTime of ${workload} against the timeout of ${this.loadsText(load)}`;
      case ApplicationTrait.exit:
        return `application: exit of ${workload}`;
      case ApplicationTrait.unhealthyAfter:
        return `application: unhealthyAfter of ${workload}`;
      case ApplicationTrait.script:
        return `application: script of ${workload}`;
      case ApplicationTrait.probeTime:
        return `application: probeTime of ${workload} against its probe's timeout`;
      case ApplicationTrait.startFails:
        return `application: startFails of ${workload}`;
      case ApplicationTrait.gc:
        return `application: gc of ${workload}`;
      case ApplicationTrait.neverReady:
        return `application: ready of ${workload} is never`;
      case ApplicationTrait.crash:
        return `application: crash of ${workload}`;
    }
  }

  /** All loads on one Service: whose request came last is chance. */
  private loadsText(load: number): string {
    const { loads } = this.result.names;
    const met = loads[load];
    if (met === undefined) return "its load";
    const names = loads.filter(({ service }) => service === met.service).map(({ name }) => name);
    return `load ${names.join(", ")}`;
  }

  private workloadOf(pod: number): string {
    return this.result.names.workloads[this.podWorkloads.get(pod) ?? -1] ?? this.podNames.get(pod) ?? `Pod ${pod}`;
  }

  private nodeName(node: number): string {
    return this.result.names.nodes[node] ?? `node ${node}`;
  }

  private subjectText(row: CauseRow): string | null {
    switch (causeKinds[row.kind]?.subject) {
      case "pod":
        return this.podNames.get(row.subject) ?? `Pod ${row.subject}`;
      case "node":
        return this.nodeName(row.subject);
      case "workload":
        return this.result.names.workloads[row.subject] ?? null;
      default:
        return null;
    }
  }
}

/** A node that Pods of the manifests fill is why itself; one that is filled by what somebody did leads on to that. */
function upToShortage(rows: readonly CauseRow[]): readonly CauseRow[] {
  const shortage = rows.findIndex(({ kind }) => kind === CauseKind.nodeCpuShort);
  const root = rows.at(-1)?.kind;
  return shortage !== -1 && (root === CauseKind.settled || root === CauseKind.manifestsApplied) ? rows.slice(0, shortage + 1) : rows;
}

const ACTION = "action: ";

/** Of a node's pressure, in the order of its bits. */
function shortages(pressure: number): string {
  const names = ["memory", "disk", "process numbers"].filter((_, bit) => (pressure & (1 << bit)) !== 0);
  return names.length === 0 ? "resources" : names.join(" and ");
}

interface Folded {
  readonly rows: readonly CauseRow[];
  readonly cycle: number;
  readonly repeats: number;
}

/** Each transition of one subject once, where it is nearest to the leaf. */
function folded(rows: readonly CauseRow[]): Folded {
  const counts = new Map<string, number>();
  const first: CauseRow[] = [];
  let cycle = 0;
  for (const row of rows) {
    // Two containers of a Pod are two; how long the queue was that overflowed makes no other overload.
    const key = `${row.kind} ${row.subject} ${row.kind === CauseKind.overload ? "" : row.detail}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    if (count === 0) first.push(row);
    else if (cycle === 0) cycle = first.length;
  }
  return { rows: first, cycle, repeats: Math.max(1, ...counts.values()) - 1 };
}

/** Chains of one key are told as one: they differ in how often they repeat, at most. */
export function chainKey(chain: CauseChain): string {
  return [...chain.near, chain.root, ...(chain.besides === null ? [] : [chainKey(chain.besides)])].join("\n");
}

/** "SIGTERM sent ← Pod deleted ← rollout step of default/web ← action: set image …"; `least`: repeats of the chain that repeats least. */
export function chainText(chain: CauseChain, least: number = chain.repeats): string {
  const near = chain.near.map((text, index) => (index === chain.cycle - 1 ? `${text} (${repeatsText(least, chain.repeats)})` : text));
  const told = [...near, chain.root].join(" ← ");
  return chain.besides === null ? told : `${told}; fewer replicas than desired: ${chainText(chain.besides)}`;
}

function repeatsText(least: number, most: number): string {
  if (least < most) return `repeated up to ${plural(most, "time")}`;
  return most === 1 ? "repeated once" : `repeated ${plural(most, "time")}`;
}

/** Kinds at which chains end. */
export const rootKinds: ReadonlySet<number> = new Set([
  CauseKind.action,
  CauseKind.fault,
  CauseKind.faultEnded,
  CauseKind.settled,
  CauseKind.manifestsApplied,
  CauseKind.postStartFailed,
  CauseKind.application,
  CauseKind.memoryLimit,
  CauseKind.cpuLimit,
  CauseKind.nodeCpuShort,
  CauseKind.nodeConnectionsFull,
  CauseKind.nodeOutOfMemory,
  CauseKind.nodePressure,
]);

/** Kinds that are told as the root alone. */
function isRootKind(kind: number): boolean {
  return rootKinds.has(kind);
}

const UNKNOWN: CauseChain = {
  near: [],
  cycle: 0,
  repeats: 0,
  root: "cause not recorded",
  rollout: null,
  fault: null,
  rootTime: null,
  subject: null,
  subjectKind: "none",
  besides: null,
};
