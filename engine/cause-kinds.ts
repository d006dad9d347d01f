/**
 * Kinds of causes and how each reads: `subject` and `detail` of a cause row mean what the kind says.
 * Numbers are stable: append only.
 */
export const CauseKind = {
  settled: 1,
  action: 2,
  fault: 3,
  faultEnded: 4,
  manifestsApplied: 5,
  deploymentChanged: 10,
  rolloutStep: 11,
  podCreated: 12,
  podDeleted: 13,
  podBound: 14,
  podRemoved: 15,
  endpointsChanged: 16,
  nodeUnknown: 17,
  nodeTainted: 18,
  podEvicted: 19,
  nodeReturned: 20,
  scaleDecision: 21,
  workloadDeleted: 22,
  noPodSelected: 23,
  unschedulable: 24,
  scaledToZero: 25,
  notAtRest: 26,
  portNotDeclared: 27,
  noService: 28,
  notStartedYet: 29,
  containerStarted: 30,
  containerListening: 31,
  containerExited: 32,
  oomKilled: 33,
  probeKill: 34,
  signalled: 35,
  readyChanged: 36,
  listenerClosed: 37,
  sandboxStopped: 38,
  nodeLost: 39,
  probeFailing: 40,
  overload: 41,
  killedAtGraceEnd: 42,
  imagePullFailed: 43,
  imagePullSlow: 44,
  podChanged: 45,
  postStartFailed: 46,
  application: 47,
  keptUnready: 48,
  memoryLimit: 60,
  nodeOutOfMemory: 61,
  nodePressure: 62,
  pressureEviction: 63,
  podRefused: 64,
  criticalPreemption: 119,
  storageEviction: 120,
  kubeletStopped: 65,
  kubeletStarted: 66,
  nodeShutdown: 67,
  nodeRebooted: 68,
  jobFailed: 70,
  nodeCordoned: 80,
  nodeUncordoned: 81,
  evictionRefused: 82,
  nodeFrozen: 90,
  nodeThawed: 91,
  nodeDeleted: 92,
  nodeRegistered: 93,
  nodeCutOff: 94,
  nodeReconnected: 95,
  podOrphaned: 96,
  nodeIsolated: 97,
  nodeReachable: 98,
  apiServerDown: 99,
  apiServerSlow: 100,
  watchLate: 101,
  endpointsLate: 102,
  cpuLimit: 110,
  nodeCpuShort: 111,
  processHung: 112,
  processSlowed: 113,
  processStarved: 114,
  processCrashed: 115,
  requestsFailing: 116,
  probesSlowed: 117,
  memoryTaken: 118,
  autoscaled: 140,
  nodeUnneeded: 141,
} as const;
export type CauseKind = (typeof CauseKind)[keyof typeof CauseKind];

/** What `subject` is: a PodId, node index, workload index, or an index into the scenario's actions or faults. */
export type CauseSubject = "pod" | "node" | "workload" | "action" | "fault" | "service" | "none";

export const causeKinds: Readonly<Record<number, { readonly text: string; readonly subject: CauseSubject }>> = {
  [CauseKind.settled]: { text: "as the run began", subject: "none" },
  [CauseKind.action]: { text: "action", subject: "action" },
  [CauseKind.fault]: { text: "fault", subject: "fault" },
  [CauseKind.faultEnded]: { text: "fault ended", subject: "fault" },
  [CauseKind.manifestsApplied]: { text: "manifests applied as the run began", subject: "none" },
  [CauseKind.deploymentChanged]: { text: "template or scale changed", subject: "workload" },
  [CauseKind.rolloutStep]: { text: "rollout step", subject: "workload" },
  [CauseKind.podCreated]: { text: "Pod created", subject: "pod" },
  [CauseKind.podDeleted]: { text: "Pod deleted", subject: "pod" },
  [CauseKind.podBound]: { text: "Pod bound", subject: "pod" },
  [CauseKind.podRemoved]: { text: "Pod object removed", subject: "pod" },
  [CauseKind.endpointsChanged]: { text: "endpoints changed", subject: "service" },
  [CauseKind.nodeUnknown]: { text: "node turned Unknown", subject: "node" },
  [CauseKind.nodeTainted]: { text: "node tainted NoExecute", subject: "node" },
  [CauseKind.podEvicted]: { text: "Pod evicted by taint", subject: "pod" },
  [CauseKind.nodeReturned]: { text: "node returned", subject: "node" },
  [CauseKind.scaleDecision]: { text: "scale decision", subject: "workload" },
  [CauseKind.workloadDeleted]: { text: "workload deleted", subject: "workload" },
  [CauseKind.noPodSelected]: { text: "no Pod matches the Service's selector", subject: "service" },
  [CauseKind.unschedulable]: { text: "no node takes the Pod", subject: "pod" },
  [CauseKind.scaledToZero]: { text: "0 replicas", subject: "workload" },
  [CauseKind.notAtRest]: { text: "no Pod ready at the beginning", subject: "workload" },
  [CauseKind.portNotDeclared]: { text: "no container declares the Service's target port", subject: "service" },
  [CauseKind.noService]: { text: "no such Service at the beginning", subject: "service" },
  [CauseKind.notStartedYet]: { text: "scheduling and starting the first Pod", subject: "workload" },
  [CauseKind.containerStarted]: { text: "container started", subject: "pod" },
  [CauseKind.containerListening]: { text: "application listens", subject: "pod" },
  [CauseKind.containerExited]: { text: "container exited", subject: "pod" },
  [CauseKind.oomKilled]: { text: "killed for memory", subject: "pod" },
  [CauseKind.probeKill]: { text: "killed after failed probes", subject: "pod" },
  [CauseKind.signalled]: { text: "SIGTERM sent", subject: "pod" },
  [CauseKind.readyChanged]: { text: "readiness changed", subject: "pod" },
  [CauseKind.listenerClosed]: { text: "application closed its listener", subject: "pod" },
  [CauseKind.sandboxStopped]: { text: "Pod address gone", subject: "pod" },
  [CauseKind.nodeLost]: { text: "node lost", subject: "node" },
  [CauseKind.probeFailing]: { text: "probe fails", subject: "pod" },
  [CauseKind.overload]: { text: "overload", subject: "pod" },
  [CauseKind.killedAtGraceEnd]: { text: "SIGKILL at the end of the grace period", subject: "pod" },
  [CauseKind.imagePullFailed]: { text: "image pull failed", subject: "pod" },
  [CauseKind.imagePullSlow]: { text: "image pulled slowly", subject: "pod" },
  [CauseKind.podChanged]: { text: "Pod changed", subject: "pod" },
  [CauseKind.postStartFailed]: { text: "postStart hook failed", subject: "pod" },
  [CauseKind.application]: { text: "application", subject: "pod" },
  [CauseKind.keptUnready]: { text: "probe keeps Pod unready", subject: "pod" },
  [CauseKind.memoryLimit]: { text: "memory grew to its limit", subject: "pod" },
  [CauseKind.nodeOutOfMemory]: { text: "node out of memory", subject: "node" },
  [CauseKind.nodePressure]: { text: "node short of resources", subject: "node" },
  [CauseKind.pressureEviction]: { text: "Pod evicted for pressure", subject: "pod" },
  [CauseKind.podRefused]: { text: "Pod refused by its kubelet", subject: "pod" },
  [CauseKind.storageEviction]: { text: "Pod evicted for local storage beyond its limit", subject: "pod" },
  [CauseKind.criticalPreemption]: { text: "Pod ended by its kubelet for a critical Pod", subject: "pod" },
  [CauseKind.kubeletStopped]: { text: "kubelet stopped", subject: "node" },
  [CauseKind.kubeletStarted]: { text: "kubelet started", subject: "node" },
  [CauseKind.nodeShutdown]: { text: "node shuts down", subject: "node" },
  [CauseKind.nodeRebooted]: { text: "node rebooted", subject: "node" },
  [CauseKind.jobFailed]: { text: "Job failed", subject: "workload" },
  [CauseKind.nodeCordoned]: { text: "node cordoned", subject: "node" },
  [CauseKind.nodeUncordoned]: { text: "node uncordoned", subject: "node" },
  [CauseKind.evictionRefused]: { text: "eviction refused by a disruption budget", subject: "pod" },
  [CauseKind.nodeFrozen]: { text: "node frozen", subject: "node" },
  [CauseKind.nodeThawed]: { text: "node goes on", subject: "node" },
  [CauseKind.nodeDeleted]: { text: "Node object deleted", subject: "node" },
  [CauseKind.nodeRegistered]: { text: "node registered", subject: "node" },
  [CauseKind.nodeCutOff]: { text: "node cut off from the API server", subject: "node" },
  [CauseKind.nodeIsolated]: { text: "node cut off from clients", subject: "node" },
  [CauseKind.nodeReachable]: { text: "clients reach the node again", subject: "node" },
  [CauseKind.apiServerDown]: { text: "API server refused a request", subject: "none" },
  [CauseKind.apiServerSlow]: { text: "API server answered late", subject: "none" },
  [CauseKind.watchLate]: { text: "watch delivered late", subject: "none" },
  [CauseKind.endpointsLate]: { text: "endpoints learnt late", subject: "service" },
  [CauseKind.podOrphaned]: { text: "Pod's node no longer exists", subject: "pod" },
  [CauseKind.nodeReconnected]: { text: "node reaches the API server again", subject: "node" },
  [CauseKind.cpuLimit]: { text: "throttled by its CPU limit", subject: "pod" },
  [CauseKind.nodeCpuShort]: { text: "node short of CPU", subject: "node" },
  [CauseKind.processHung]: { text: "process hangs", subject: "pod" },
  [CauseKind.processSlowed]: { text: "service slowed down", subject: "pod" },
  [CauseKind.processStarved]: { text: "CPU taken away", subject: "pod" },
  [CauseKind.processCrashed]: { text: "process crashes", subject: "pod" },
  [CauseKind.requestsFailing]: { text: "requests fail", subject: "pod" },
  [CauseKind.probesSlowed]: { text: "probes slowed down", subject: "pod" },
  [CauseKind.memoryTaken]: { text: "memory taken", subject: "pod" },
  [CauseKind.autoscaled]: { text: "autoscaler set the size", subject: "workload" },
  [CauseKind.nodeUnneeded]: { text: "autoscaler removes the node as unneeded", subject: "node" },
};

/** What of an application's behaviour a chain ends at: nobody injected it, the scenario's `applications` say so. */
export const ApplicationTrait = {
  /** More requests than workers and queue take. */ capacity: 1,
  /** A worker takes longer than the client waits. */ serviceTime: 2,
  exit: 3,
  unhealthyAfter: 4,
  script: 5,
  /** The answer takes longer than the probe waits. */ probeTime: 6,
  startFails: 7,
  /** All workers stop for garbage collection. */ gc: 8,
  /** Its checks never say that it is ready. */ neverReady: 9,
  crash: 10,
} as const;
export type ApplicationTrait = (typeof ApplicationTrait)[keyof typeof ApplicationTrait];

export interface ApplicationDetail {
  readonly trait: ApplicationTrait;
  /** Whose requests; -1: nobody's. */
  readonly load: number;
  /** 0 where the trait isn't about capacity. */
  readonly concurrency: number;
  readonly queue: number;
}

/** Bits: 4 of the trait, 12 of the load + 1, 18 each of workers and queue; greater numbers are told as the greatest. */
const TRAITS = 16;
const LOADS = 4096;
const PLACES = 262144;

/** The detail of a row of kind `application`. */
export function applicationDetail(trait: ApplicationTrait, load = -1, concurrency = 0, queue = 0): number {
  const places = Math.min(concurrency, PLACES - 1) * PLACES + Math.min(queue, PLACES - 1);
  return trait + TRAITS * (Math.min(load + 1, LOADS - 1) + LOADS * places);
}

export function readApplicationDetail(detail: number): ApplicationDetail {
  const load = Math.floor(detail / TRAITS) % LOADS;
  const places = Math.floor(detail / (TRAITS * LOADS));
  return {
    trait: (detail % TRAITS) as ApplicationTrait,
    load: load - 1,
    concurrency: Math.floor(places / PLACES),
    queue: places % PLACES,
  };
}
