/**
 * Chains of causes in words. A chain runs from the row that a loss or restart refers to, by parents, to its
 * root: a fault, an action, or the state before the run. A rollout's chain grows with each of its steps, so
 * it is told in two parts: what happened up to the nearest decision, and what started it all.
 *
 *   listener closed ← SIGTERM ← Pod deleted ← rollout step of default/web     near
 *   … ← action: set image of web to web:v2                                    root
 */
import { CauseKind, causeKinds } from "../engine/cause-kinds.ts";
import type { CauseRow } from "../engine/kernel/causes.ts";
import type { RunResult } from "../engine/result.ts";

export interface CauseChain {
  /** From the leaf to the nearest decision, kinds only: chains of different Pods read the same. */
  readonly near: readonly string[];
  /** The first of all, with its subject. */
  readonly root: string;
  /** Workload of the rollout that the chain passes through, or null. */
  readonly rollout: string | null;
  /** Index of the fault at its root, or null. */
  readonly fault: number | null;
  readonly rootTime: number | null;
  /** What it happened to at the leaf: a Pod or node by name, or null. */
  readonly subject: string | null;
}

/** Kinds at which the near part ends: somebody decided. */
const decisions: ReadonlySet<number> = new Set([
  CauseKind.settled,
  CauseKind.action,
  CauseKind.fault,
  CauseKind.faultEnded,
  CauseKind.deploymentChanged,
  CauseKind.rolloutStep,
  CauseKind.scaleDecision,
  CauseKind.nodeTainted,
]);

export class CauseChains {
  private readonly rows: ReadonlyMap<number, CauseRow>;
  private readonly podNames: ReadonlyMap<number, string>;
  private readonly result: RunResult;

  constructor(result: RunResult) {
    this.result = result;
    this.rows = new Map(result.causes.map((row) => [row.id, row]));
    this.podNames = new Map(result.control.pods.map((pod) => [pod.id, `${pod.namespace}/${pod.name}`]));
  }

  chainOf(cause: number): CauseChain {
    const rows = this.rowsOf(cause);
    const leaf = rows[0];
    const last = rows.at(-1);
    if (leaf === undefined || last === undefined) return UNKNOWN;
    const end = rows.findIndex((row) => decisions.has(row.kind));
    const near = rows.slice(0, end === -1 ? rows.length : end + 1).filter((row) => row !== last || !isRootKind(row.kind));
    const step = rows.find((row) => row.kind === CauseKind.rolloutStep);
    return {
      near: near.map((row) => this.kindText(row)),
      root: this.rootText(last),
      rollout: step === undefined ? null : (this.result.names.workloads[step.subject] ?? `workload ${step.subject}`),
      fault: last.kind === CauseKind.fault ? last.subject : null,
      rootTime: last.time,
      subject: this.subjectText(leaf),
    };
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
    if (row.kind === CauseKind.action) return `action: ${this.result.control.actions[row.subject]?.text ?? row.subject}`;
    if (row.kind === CauseKind.fault || row.kind === CauseKind.faultEnded) {
      const fault = this.result.control.faults[row.subject];
      const name = fault === undefined ? String(row.subject) : fault.name === fault.type ? fault.type : `${fault.name} (${fault.type})`;
      return row.kind === CauseKind.fault ? `fault: ${name}` : `end of fault: ${name}`;
    }
    if (row.kind === CauseKind.settled) return causeKinds[CauseKind.settled]!.text;
    // Nobody injected it: it follows from the manifests, the load or the application's behaviour.
    return "no fault or action behind it";
  }

  private subjectText(row: CauseRow): string | null {
    switch (causeKinds[row.kind]?.subject) {
      case "pod":
        return this.podNames.get(row.subject) ?? `Pod ${row.subject}`;
      case "node":
        return this.result.names.nodes[row.subject] ?? `node ${row.subject}`;
      case "workload":
        return this.result.names.workloads[row.subject] ?? null;
      default:
        return null;
    }
  }
}

/** Kinds that are told as the root alone. */
function isRootKind(kind: number): boolean {
  return kind === CauseKind.action || kind === CauseKind.fault || kind === CauseKind.faultEnded || kind === CauseKind.settled;
}

const UNKNOWN: CauseChain = { near: [], root: "cause not recorded", rollout: null, fault: null, rootTime: null, subject: null };
