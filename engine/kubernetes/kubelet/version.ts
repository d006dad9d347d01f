/**
 * What differs between Kubernetes versions in the kubelet (KUBERNETES.md's table of changes), as switches.
 * Only 1.36 is filled in; an older version is another constant here.
 *
 * Differs: decisions of the newest version
 */
export interface KubeletVersion {
  /** Probe workers start after U[0, period): always, or only while the kubelet is younger than the period. */
  readonly alwaysRandomProbeStart: boolean;
  /** A Pod sync probes a container that isn't ready at once. */
  readonly manualReadinessTrigger: boolean;
  /** …and the worker's ticker starts anew then (1.32). */
  readonly triggerShiftsGrid: boolean;
  /** The startup worker holds after success as well (1.32). */
  readonly startupHoldsOnSuccess: boolean;
  /** Readiness and startup results sync the Pod. */
  readonly everyResultSyncs: boolean;
  /** The worker wakes at the back-off's end instead of polling (1.35). */
  readonly wakesAtBackOffEnd: boolean;
}

export const version136: KubeletVersion = {
  alwaysRandomProbeStart: false,
  manualReadinessTrigger: true,
  triggerShiftsGrid: true,
  startupHoldsOnSuccess: true,
  everyResultSyncs: true,
  wakesAtBackOffEnd: true,
};
