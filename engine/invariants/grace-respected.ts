/**
 * A container that is ended gets its grace, and no more: SIGKILL comes neither before the grace is over nor
 * sooner than two seconds after SIGTERM; it comes when the grace is over or two seconds after SIGTERM, and the container
 * is dead two seconds after the grace at the latest (and two more for each sidecar whose turn comes after others).
 */
import { SECOND, formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const graceRespectedDefinition: InvariantDefinition = {
  name: "grace-respected",
  scope: "node",
  meaning: "no SIGKILL before the grace is over, and every container that is ended is dead soon after",
};

/** Each part of the grace that a hook or a turn uses up is charged in whole seconds: up to one second more for each. */
const rounding: Duration = 2 * SECOND;
const leastAfterTerm: Duration = 2 * SECOND;

export interface KillTerms {
  /** The least and the largest grace in seconds that can apply; they differ where several reasons meet. */
  readonly least: number;
  readonly most: number;
  /** Sidecars that may have to wait for their turn. */
  readonly sidecars: number;
  /** The whole Pod is being ended: all its containers' graces begin together. */
  readonly endsPod: boolean;
}

interface Kill {
  readonly began: VirtualTime;
  readonly terms: KillTerms;
  termAt: VirtualTime;
  /** The node stood still meanwhile. */
  mayBeLate: boolean;
}

interface PodState {
  readonly kills: Map<number, Kill>;
  /** Containers that have ended by themselves or by a kill: nothing is left to end. */
  readonly dead: Set<number>;
  /** When the Pod's end began, and what applied then: it runs on whatever is asked for later. Null: it hasn't begun. */
  end: { readonly since: VirtualTime; readonly terms: KillTerms; mayBeLate: boolean } | null;
}

export class GraceRespected {
  private readonly pods = new Map<number, PodState>();

  /** The kubelet runs the preStop hook, or sends a signal. */
  asked(pod: number, container: number, what: "preStop" | "TERM" | "KILL", now: VirtualTime, terms: KillTerms): string | null {
    if (this.pods.get(pod)?.dead.has(container) === true) return null;
    const kill = this.killOf(pod, container, now, terms);
    if (what === "TERM") kill.termAt = now;
    if (what !== "KILL") return null;
    const label = `Pod ${pod}, container ${container}: SIGKILL`;
    const { least } = kill.terms;
    if (now - kill.began < least * SECOND) return `${label} ${formatTime(now - kill.began)} after the kill began, the grace is ${least} s`;
    const latest = Math.max(kill.began + kill.terms.most * SECOND + rounding, kill.termAt + leastAfterTerm);
    if (now > latest && !kill.mayBeLate)
      return `${label} ${formatTime(now - kill.began)} after the kill began, the grace is ${kill.terms.most} s: too late`;
    if (kill.termAt === -1) return least === 0 ? null : `${label} without SIGTERM`;
    const isForced = kill.terms.least === 0;
    return isForced || now - kill.termAt >= leastAfterTerm ? null : `${label} ${formatTime(now - kill.termAt)} after SIGTERM`;
  }

  /** The kill under way: when it began, and the least grace in seconds that can apply; null: none. */
  underWay(pod: number, container: number): { readonly began: VirtualTime; readonly least: number } | null {
    const kill = this.pods.get(pod)?.kills.get(container);
    return kill === undefined ? null : { began: kill.began, least: kill.terms.least };
  }

  started(pod: number, container: number): void {
    this.pods.get(pod)?.dead.delete(container);
  }

  /** `latency`: what the runtime takes. */
  exited(pod: number, container: number, now: VirtualTime, latency: Duration): string | null {
    const state = this.stateOf(pod);
    const kill = state.kills.get(container);
    state.dead.add(container);
    if (kill === undefined) return null;
    state.kills.delete(container);
    return lateness(pod, container, kill, now, latency);
  }

  /** Those that should have ended by now. */
  overdue(now: VirtualTime, latency: Duration): string | null {
    for (const [pod, { kills }] of this.pods)
      for (const [container, kill] of kills) {
        const late = lateness(pod, container, kill, now, latency);
        if (late !== null) return late;
      }
    return null;
  }

  /** Another kubelet begins every end anew, or the power is gone and nothing is left to end. */
  forgetKills(pod: number): void {
    const state = this.pods.get(pod);
    if (state === undefined) return;
    state.kills.clear();
    state.end = null;
  }

  /** Nothing goes on on its node for a while. */
  standsStill(pod: number): void {
    const state = this.pods.get(pod);
    if (state === undefined) return;
    for (const kill of state.kills.values()) kill.mayBeLate = true;
    if (state.end !== null) state.end.mayBeLate = true;
  }

  forget(pod: number): void {
    this.pods.delete(pod);
  }

  private killOf(pod: number, container: number, now: VirtualTime, terms: KillTerms): Kill {
    const state = this.stateOf(pod);
    if (terms.endsPod && state.end === null) state.end = { since: now, terms, mayBeLate: false };
    let kill = state.kills.get(container);
    if (kill === undefined) {
      const { end } = state;
      kill =
        terms.endsPod && end !== null
          ? { began: end.since, terms: end.terms, termAt: -1, mayBeLate: end.mayBeLate }
          : { began: now, terms, termAt: -1, mayBeLate: false };
      state.kills.set(container, kill);
    }
    return kill;
  }

  private stateOf(pod: number): PodState {
    let state = this.pods.get(pod);
    if (state === undefined) {
      state = { kills: new Map(), dead: new Set(), end: null };
      this.pods.set(pod, state);
    }
    return state;
  }
}

function lateness(pod: number, container: number, { began, terms, mayBeLate }: Kill, now: VirtualTime, latency: Duration): string | null {
  if (mayBeLate) return null;
  const most = terms.most * SECOND + (1 + terms.sidecars) * leastAfterTerm + rounding + latency;
  if (now - began <= most) return null;
  return `Pod ${pod}, container ${container}: not dead ${formatTime(now - began)} after the kill began, the grace is ${terms.most} s`;
}
