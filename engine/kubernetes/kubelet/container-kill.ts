/**
 * Ending one container (kuberuntime_container.go `killContainer`): hook, turn, SIGTERM and SIGKILL share one
 * grace, counted in whole seconds as upstream does. What each phase waits for comes as an input; one timer
 * stands for the end of the phase.
 *
 *   begin ─preStop, grace > 0─▶ preStop ─finished | grace over─▶ turn ─others have stopped | grace over─▶ stopping ─exit─▶ done
 *     └──────────────────────────────────────────────────────────┴──────────────────────────────────────▶    │ grace over: SIGKILL, then exit
 *
 * SIGTERM leaves at least `minimumGrace` before SIGKILL, whatever the hook has used up. Before 1.22 a grace that
 * the kubelet itself chose replaces the rest after that, and may be 0: SIGKILL at once.
 */
import type { CauseId } from "../../kernel/causes.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";

export interface ContainerKill {
  readonly generation: number;
  /** What asked for the kill; from SIGTERM on, the signal. Phases end in timers, which know no cause. */
  cause: CauseId;
  phase: "begin" | "preStop" | "turn" | "stopping" | "done";
  /** Seconds left, after the phases before. */
  grace: number;
  phaseBegan: VirtualTime;
  /** Seconds from SIGTERM on, whatever is left; -1: none. */
  readonly override: number;
  wasKilled: boolean;
}

export function newKill(generation: number, graceSeconds: number, now: VirtualTime, cause: CauseId, override = -1): ContainerKill {
  return { generation, cause, phase: "begin", grace: graceSeconds, phaseBegan: now, override, wasKilled: false };
}

/** Takes the whole seconds of the phase that ends now off the grace. */
export function chargePhase(kill: ContainerKill, now: VirtualTime): void {
  kill.grace = Math.max(0, kill.grace - Math.floor((now - kill.phaseBegan) / SECOND));
  kill.phaseBegan = now;
}

/** The seconds that a kubelet gives a Pod: a deletion without grace still leaves some (pod_workers.go calculateEffectiveGracePeriod, 1.22). */
export function graceOnNode(graceSeconds: number, forceGrace: Duration): number {
  return graceSeconds < 1 ? Math.floor(forceGrace / SECOND) : graceSeconds;
}

/** From SIGTERM to SIGKILL; 0: SIGKILL alone. */
export function stopTimeout(kill: ContainerKill, minimumGrace: Duration): Duration {
  if (kill.override !== -1) return kill.override * SECOND;
  return Math.max(kill.grace * SECOND, minimumGrace);
}
