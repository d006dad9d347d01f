/** Constants of Kubernetes that aren't settings: what to say to who gives one. Nothing is accepted without effect. */

const NOT_YET = "Kubernetes has it, the model doesn't yet";

const notYet: readonly string[] = [
  "networkNotReadyBackoff",
  "networkNotReadyBackoffJitter",
  "plegRelistThreshold",
  "eventedPlegRelist",
  "eventedPlegThreshold",
  "eventedPlegRelistThreshold",
  "containerGcPeriod",
  "imageGcPeriod",
  "registryPullQps",
  "registryPullBurst",
  "volumeMountTimeout",
  "startupFailureSync",
  "probeRetries",
  "probeBodyLimit",
  "probeResultsChannel",
  "nodeStatusReport",
  "nodeStatusReportJitter",
  "leaseDuration",
  "nodeStartupGrace",
  "dsBurst",
  "dsFailedPodBackoff",
  "dsFailedPodBackoffInitial",
  "dsFailedPodBackoffMax",
  "jobBackoffInitial",
  "jobBackoffMax",
  "jobBackoffLimit",
  "jobSyncBatch",
  "jobMaxPerSync",
  "cronDelta",
  "hpaSync",
  "hpaTolerance",
  "hpaDownscaleWindow",
  "hpaCpuInit",
  "hpaInitialReadiness",
  "hpaUpLimit",
  "hpaPolicies",
  "pdbDeletionTimeout",
  "evictionRetryConflict",
  "evictionRetryConflictJitter",
  "podGcPeriod",
  "podGcQuarantine",
  "podGcTerminatedThreshold",
  "maxEndpointsLegacyCap",
  "endpointsLegacyCap",
  "proxyMinSyncIpvs",
  "proxyMinSyncPhase",
  "proxySyncPeriod",
  "proxySyncFull",
  "proxyFullSync",
  "ipvsRsCheck",
  "sessionAffinityTimeout",
  "conntrackTcpEstablished",
  "conntrackTcpCloseWait",
  "conntrackCloseWait",
  "dnsTtl",
  "controllerResync",
  "controllerResyncJitter",
  "kubectlDrainRetry",
  "kubectlDrainRetryAfter429",
];

/** Whole parts of Kubernetes that aren't modelled. */
const families =
  /^(?:conntrack|cron|dns|ds|daemonSet|evented|hpa|imageGc|ipvs|job|pdb|podGc|statefulSet|staticPod|volume)(?=s?[A-Z]|$)/;

const others: Readonly<Record<string, string>> = {
  killTimeoutEviction: "say killTimeout",
  nodeStatusUpdateJitter: "say nodeStatusUpdatePhase",
  evictionHard: "say it in nodes[].kubelet.evictionHard",
  evictionSoft: "say it in nodes[].kubelet.evictionSoft",
  nodeShutdownGrace: "say it in nodes[].kubelet.shutdownGracePeriod",
  nodeShutdownCritical: "say it in nodes[].kubelet.shutdownGracePeriodCriticalPods",
  nodeShutdownGraceCritical: "say it in nodes[].kubelet.shutdownGracePeriodCriticalPods",
  eventSpam: "say eventSpamBurst or eventSpamRefill",
  eventAggregate: "say eventAggregateMax or eventAggregateWindow",
  workqueueOverall: "say workqueueOverallQps or workqueueOverallBurst",
  tolerationSeconds: "say tolerationSecondsNotReady or tolerationSecondsUnreachable",
  apiLatency: "say apiWriteLatency or apiReadLatency",
  minReadyResync: "it follows from minReadySeconds of each workload",
};

/** Hints for the unknown ones among the fields that were given. */
export function settingHints(written: unknown): Readonly<Record<string, string>> {
  if (typeof written !== "object" || written === null) return {};
  const hints: Record<string, string> = {};
  for (const name of Object.keys(written)) {
    const other = Object.hasOwn(others, name) ? others[name] : undefined;
    if (other !== undefined) hints[name] = other;
    else if (notYet.includes(name) || families.test(name)) hints[name] = NOT_YET;
  }
  return hints;
}
