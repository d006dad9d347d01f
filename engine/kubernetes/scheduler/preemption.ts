/**
 * Who has to go so that a Pod of higher priority finds a node. Source: pkg/scheduler/framework/preemption and
 * plugins/defaultpreemption.
 *
 *   candidate nodes ─▶ all of lower priority gone: does it fit? ─▶ as many as possible stay ─▶ the node that loses least
 */
import { childKey, streamKey, uniform } from "../../kernel/random.ts";
import { isDeleting } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import type { LabelSelector } from "../objects/meta.ts";
import { PodCondition } from "../objects/pod.ts";
import type { Placement } from "./placement.ts";
import type { PodClass } from "./pod-classes.ts";

/** A PodDisruptionBudget as preemption looks at it. */
export interface PreemptionBudget {
  readonly namespace: string;
  readonly selector: LabelSelector;
  readonly disruptionsAllowed: number;
  /** An eviction of this Pod was granted already. */
  isDisrupted(pod: PodRecord): boolean;
}

export interface PreemptionOptions {
  readonly placement: Placement;
  readonly seed: number;
  /** Pods that take room on a node, assumed ones included. */
  podsOn(node: number): readonly PodRecord[];
  budgets(): readonly PreemptionBudget[];
  /** For messages and draws: the stable name of the Pod's workload. */
  label(workload: number): string;
}

export type PreemptionOutcome =
  | { readonly type: "victims"; readonly node: number; readonly victims: readonly PodRecord[] }
  /** `keepsNode`: a nomination stays; `text`: what the message says of it. */
  | { readonly type: "none"; readonly keepsNode: boolean; readonly text: string };

/** Candidates looked at: a tenth of the nodes, at least a hundred. Source: apis/config/v1 DefaultPreemptionArgs. */
const CANDIDATES_PERCENT = 10;
const CANDIDATES_MIN = 100;

interface Candidate {
  readonly node: number;
  /** The most important first. */
  readonly victims: readonly PodRecord[];
  readonly violations: number;
}

type Judged = Candidate | { readonly reasons: readonly string[] };

const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";

export class Preemption {
  private readonly options: PreemptionOptions;

  constructor(options: PreemptionOptions) {
    this.options = options;
  }

  /** For a Pod that no node takes. `nominated`: the node on which it was promised room, or -1. */
  find(pod: PodRecord, attempt: number, nominated: number, now: number): PreemptionOutcome {
    const { placement } = this.options;
    const podClass = placement.classOf(pod.workload, pod.template, pod.traits);
    const refusal = this.refusal(pod, podClass, nominated);
    if (refusal !== null) return { type: "none", keepsNode: true, text: this.text(refusal) };
    const verdicts = placement.nodeVerdicts(podClass, pod.id, pod.traits);
    const possible = verdicts.flatMap(({ isHopeless }, node) => (isHopeless ? [] : [node]));
    const absent = verdicts.reduce((count, _, node) => count + (placement.lacks(node) ? 1 : 0), 0);
    const { candidates, reasons } = this.tryNodes(pod, podClass, possible, attempt, now);
    const best = this.pick(candidates, now);
    if (best !== null) return { type: "victims", node: best.node, victims: best.victims };
    const hopeless = Array.from({ length: placement.nodeCount - absent - possible.length }, () => NOT_HELPFUL);
    return { type: "none", keepsNode: false, text: this.text(placement.message([...reasons, ...hopeless])) };
  }

  private text(message: string): string {
    return this.options.placement.facts.preemptionText ? ` preemption: ${message}` : "";
  }

  /** Source: PodEligibleToPreemptOthers. */
  private refusal(pod: PodRecord, podClass: PodClass, nominated: number): string | null {
    const { placement } = this.options;
    if (podClass.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
    if (nominated < 0 || placement.verdict(nominated, podClass, pod.id).isHopeless) return null;
    const { disruptionTargetCondition } = placement.facts;
    const isGoing = (other: PodRecord): boolean =>
      isDeleting(other) &&
      this.priority(other) < podClass.spec.priority &&
      (!disruptionTargetCondition || (other.status.conditions & PodCondition.DisruptionTarget) !== 0);
    return this.options.podsOn(nominated).some(isGoing) ? "not eligible due to a terminating pod on the nominated node." : null;
  }

  private tryNodes(
    pod: PodRecord,
    podClass: PodClass,
    nodes: readonly number[],
    attempt: number,
    now: number,
  ): { readonly candidates: readonly Candidate[]; readonly reasons: readonly string[] } {
    const { budgets } = this.options;
    const enough = Math.min(nodes.length, Math.max(CANDIDATES_MIN, Math.floor((nodes.length * CANDIDATES_PERCENT) / 100)));
    const own = childKey(streamKey(this.options.seed, "preemption offset", this.options.label(pod.workload)), pod.ordinal);
    const offset = Math.floor(uniform(own.hi, own.lo, attempt) * nodes.length);
    const keeping: Candidate[] = [];
    const violating: Candidate[] = [];
    const reasons: string[] = [];
    const known = budgets();
    for (let index = 0; index < nodes.length; index++) {
      const judged = this.judge(pod, podClass, nodes[(offset + index) % nodes.length]!, known, now);
      if ("reasons" in judged) reasons.push(...judged.reasons);
      else (judged.violations === 0 ? keeping : violating).push(judged);
      if (keeping.length > 0 && keeping.length + violating.length >= enough) break;
    }
    return { candidates: [...keeping, ...violating], reasons };
  }

  /** Source: SelectVictimsOnNode. The node is left as it was. */
  private judge(pod: PodRecord, podClass: PodClass, node: number, budgets: readonly PreemptionBudget[], now: number): Judged {
    const { placement } = this.options;
    const lower = this.options.podsOn(node).filter((other) => this.priority(other) < podClass.spec.priority);
    if (lower.length === 0) return { reasons: [NO_VICTIMS] };
    if (placement.namedNodes(podClass, pod.traits)?.has(node) === false) return { reasons: [placement.affinityText] };
    const gone = new Set(lower);
    for (const other of lower) this.charge(node, other, -1);
    const verdict = placement.verdict(node, podClass, pod.id);
    const violations = { count: 0 };
    if (verdict.by === 0) {
      const [violating, others] = this.byBudgets(lower.toSorted(this.byImportance(now)), budgets);
      const reprieve = (other: PodRecord): boolean => {
        this.charge(node, other, 1);
        const stays = placement.fits(node, podClass, pod.id);
        if (stays) gone.delete(other);
        else this.charge(node, other, -1);
        return stays;
      };
      for (const other of violating) if (!reprieve(other)) violations.count++;
      for (const other of others) reprieve(other);
    }
    for (const other of gone) this.charge(node, other, 1);
    if (verdict.by !== 0) return { reasons: verdict.reasons };
    return { node, victims: [...gone].sort(this.byImportance(now)), violations: violations.count };
  }

  private charge(node: number, { workload, template, traits, ...pod }: PodRecord, sign: 1 | -1): void {
    const { placement } = this.options;
    placement.chargeClass(node, placement.classOf(workload, template, traits), sign, pod.deletionTimestamp >= 0);
  }

  /** Those whose end would break a budget, and the others; in the given order. Source: filterPodsWithPDBViolation. */
  private byBudgets(pods: readonly PodRecord[], budgets: readonly PreemptionBudget[]): readonly [PodRecord[], PodRecord[]] {
    const allowed = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed);
    const violating: PodRecord[] = [];
    const others: PodRecord[] = [];
    for (const pod of pods) {
      const { namespace } = this.options.placement.classOf(pod.workload, pod.template, pod.traits);
      const labels = this.options.placement.labelsOf(pod);
      let isViolation = false;
      budgets.forEach((budget, index) => {
        if (budget.namespace !== namespace || Object.keys(labels).length === 0 || !selectorMatches(budget.selector, labels)) return;
        if (budget.isDisrupted(pod)) return;
        allowed[index]!--;
        if (allowed[index]! < 0) isViolation = true;
      });
      (isViolation ? violating : others).push(pod);
    }
    return [violating, others];
  }

  /** Source: pickOneNodeForPreemption. */
  private pick(candidates: readonly Candidate[], now: number): Candidate | null {
    const rules: readonly ((candidate: Candidate) => number)[] = [
      ({ violations }) => violations,
      ({ victims }) => this.highest(victims),
      // Each victim counts, whatever its priority: MaxInt32 + 1 is added.
      ({ victims }) => victims.reduce((sum, victim) => sum + this.priority(victim) + 2_147_483_648, 0),
      ({ victims }) => victims.length,
      ({ victims }) => {
        const highest = this.highest(victims);
        const starts = victims.filter((victim) => this.priority(victim) === highest).map((victim) => startOf(victim, now));
        return -Math.min(...starts);
      },
    ];
    let left = candidates;
    for (const rule of rules) {
      if (left.length <= 1) break;
      const values = left.map(rule);
      const least = Math.min(...values);
      left = left.filter((_, index) => values[index] === least);
    }
    return left[0] ?? null;
  }

  private highest(pods: readonly PodRecord[]): number {
    return pods.reduce((most, pod) => Math.max(most, this.priority(pod)), -Infinity);
  }

  /** The most important first: by priority, then by who runs longer. Source: util.MoreImportantPod. */
  private byImportance(now: number): (a: PodRecord, b: PodRecord) => number {
    return (a, b) => this.priority(b) - this.priority(a) || startOf(a, now) - startOf(b, now) || a.id - b.id;
  }

  private priority(pod: PodRecord): number {
    return this.options.placement.classOf(pod.workload, pod.template, pod.traits).spec.priority;
  }
}

/** Whole seconds; a Pod that hasn't started counts as started now. */
function startOf({ status: { startTime } }: PodRecord, now: number): number {
  return startTime === -1 ? now : startTime;
}
