/** Constants of Kubernetes that aren't settings: what to say to who gives one. Nothing is accepted without effect. */

const NOT_YET = "Kubernetes has it, the model doesn't yet";

const notYet: readonly string[] = [
  "plegRelistThreshold",
  "eventedPlegRelist",
  "eventedPlegThreshold",
  "eventedPlegRelistThreshold",
  "containerGcPeriod",
  "imageGcPeriod",
  "probeBodyLimit",
  "probeResultsChannel",
  "hpaUpLimit",
  "hpaPolicies",
  "maxEndpointsLegacyCap",
  "endpointsLegacyCap",
  "proxyMinSyncPhase",
  "ipvsRsCheck",
  "conntrackTcpEstablished",
  "conntrackTcpCloseWait",
  "conntrackCloseWait",
  "controllerResync",
  "controllerResyncJitter",
];

/** Of parts that are modelled: what they would bear on never happens in the model. */
const withoutEffect: Readonly<Record<string, string>> = {
  networkNotReadyBackoff: "the network of a node is always ready in the model",
  networkNotReadyBackoffJitter: "the network of a node is always ready in the model",
  volumeMountTimeout: "volumes mount at once in the model",
  probeRetries: "a try that can't be made fails the same way each time, without a pause between",
  nodeStatusReport: "a report that says nothing new changes nothing while leases are renewed: say leaseRenew or nodeStatusUpdate",
  nodeStatusReportJitter: "a report that says nothing new changes nothing while leases are renewed",
  podGcQuarantine: "nodes are never removed in the model",
  nodeStartupGrace: "every node of the model has reported before the run begins",
  proxySyncPeriod: "a run of a Service proxy never fails in the model, so none is repeated: say proxyMinSync",
  proxySyncFull: "a run of a Service proxy never fails in the model, so a full one finds nothing to mend",
  proxyFullSync: "a run of a Service proxy never fails in the model, so a full one finds nothing to mend",
};

/** Whole parts of Kubernetes that aren't modelled. */
const families = /^(?:conntrack|dns|evented|hpa|imageGc|ipvs|staticPod|volume)(?=s?[A-Z]|$)/;

const others: Readonly<Record<string, string>> = {
  leaseDuration: "say leaseRenew: a kubelet renews after a quarter of the lease's duration, and nothing else looks at it",
  startupFailureSync: "it follows from kubernetesVersion",
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
  proxyMinSyncIpvs: "say proxyMinSync",
  sessionAffinityTimeout: "say spec.sessionAffinityConfig of the Service",
  dsFailedPodBackoffInitial: "say dsFailedPodBackoff",
  jobBackoffLimit: "say spec.backoffLimit of the Job",
  minReadyResync: "it follows from minReadySeconds of each workload",
};

/** Hints for the unknown ones among the fields that were given. */
export function settingHints(written: unknown): Readonly<Record<string, string>> {
  if (typeof written !== "object" || written === null) return {};
  const hints: Record<string, string> = {};
  for (const name of Object.keys(written)) {
    const other = Object.hasOwn(others, name) ? others[name] : undefined;
    if (other !== undefined) hints[name] = other;
    else if (Object.hasOwn(withoutEffect, name)) hints[name] = `it would have no effect: ${withoutEffect[name]}`;
    else if (notYet.includes(name) || families.test(name)) hints[name] = NOT_YET;
  }
  return hints;
}
