/**
 * postStart and preStop (pkg/kubelet/lifecycle/handlers.go). The port runs them; here stands only when one is
 * run and what its end means.
 *
 *   started ─postStart─▶ running hook ─succeeded─▶ container counts as started
 *                                     └─failed──▶ kill (spec grace, preStop included) ─▶ PostStartHookError
 *   kill ─preStop, grace > 0─▶ running hook ─ended, or grace over─▶ SIGTERM
 */
import type { Container } from "../objects/pod.ts";

export function hasPostStart(container: Container): boolean {
  return container.postStart !== null;
}

/** With no grace left the hook isn't run. */
export function runsPreStop(container: Container, graceSeconds: number): boolean {
  return container.preStop !== null && graceSeconds > 0;
}
