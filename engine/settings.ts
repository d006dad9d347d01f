/**
 * Every timing constant of the model, by name, with Kubernetes' own default (v1.36) or the model's choice.
 * A scenario overrides any of them under `settings`. Durations in µs.
 */
import { MILLISECOND, MINUTE, SECOND } from "./kernel/time.ts";

export interface SettingDefinition {
  readonly default: number;
  readonly unit: "µs" | "1/s" | "count" | "share" | "bytes/s" | "bytes";
  readonly meaning: string;
  /** Kubernetes component and field, or "model choice". */
  readonly source: string;
}

/** The value of each constant in a run. */
export interface Settings {
  readonly apiWriteLatency: number;
  readonly apiWriteLatencyP99: number;
  readonly apiWriteLatencyFloor: number;
  readonly apiReadLatency: number;
  readonly apiReadLatencyP99: number;
  readonly apiReadLatencyFloor: number;
  readonly watchLatency: number;
  readonly watchLatencyP99: number;
  readonly watchLatencyFloor: number;
  readonly networkLatency: number;
  readonly networkLatencyP99: number;
  readonly networkLatencyFloor: number;
  readonly kcmQps: number;
  readonly kcmBurst: number;
  readonly schedulerQps: number;
  readonly schedulerBurst: number;
  readonly kubeletQps: number;
  readonly kubeletBurst: number;
  readonly workqueueBaseDelay: number;
  readonly workqueueMaxDelay: number;
  readonly workqueueOverallQps: number;
  readonly workqueueOverallBurst: number;
  readonly eventSpamBurst: number;
  readonly eventSpamRefill: number;
  readonly eventAggregateMax: number;
  readonly eventAggregateWindow: number;
  readonly eventSeriesWrite: number;
  readonly eventTtl: number;
  readonly kubeletEventQps: number;
  readonly kubeletEventBurst: number;
  readonly schedulerBackoffInitial: number;
  readonly schedulerBackoffMax: number;
  readonly schedulerBackoffFlush: number;
  readonly unschedulableFlush: number;
  readonly unschedulableMaxStay: number;
  readonly pdbDeletionTimeout: number;
  readonly evictionRetryConflict: number;
  readonly evictionRetryConflictJitter: number;
  readonly kubectlDrainRetryAfter429: number;
  readonly schedulerCycle: number;
  readonly percentageOfNodesToScore: number;
  readonly maxPods: number;
  readonly syncFrequency: number;
  readonly syncFrequencyJitter: number;
  readonly podErrorBackoff: number;
  readonly podErrorBackoffJitter: number;
  readonly syncTick: number;
  readonly statusSyncPeriod: number;
  readonly statusSyncPhase: number;
  readonly housekeepingPeriod: number;
  readonly plegRelistPeriod: number;
  readonly plegRelistPhase: number;
  readonly plegRelistCost: number;
  readonly plegOnDemandRelist: number;
  readonly crashBackoffInitial: number;
  readonly crashBackoffMax: number;
  readonly crashBackoffReduced: number;
  readonly crashBackoffReset: number;
  readonly crashBackoffGC: number;
  readonly crashBackoffWake: number;
  readonly crashBackoffWakeJitter: number;
  readonly imageBackoffInitial: number;
  readonly imageBackoffMax: number;
  readonly imageBackoffExpiry: number;
  readonly imagePullLatency: number;
  readonly imagePullRate: number;
  readonly serializeImagePulls: number;
  readonly maxParallelImagePulls: number;
  readonly registryPullQps: number;
  readonly registryPullBurst: number;
  readonly sandboxCreate: number;
  readonly containerCreate: number;
  readonly containerStart: number;
  readonly sandboxStop: number;
  readonly podCleanup: number;
  readonly minimumGrace: number;
  readonly terminationGracePeriod: number;
  readonly orphanGrace: number;
  readonly forceGrace: number;
  readonly probePeriod: number;
  readonly probeTimeout: number;
  readonly probeSuccess: number;
  readonly probeFailure: number;
  readonly probeInitialDelay: number;
  readonly probeStartDelayPhase: number;
  readonly execProbeCpu: number;
  readonly readinessFirstTrigger: number;
  readonly leaseRenew: number;
  readonly leaseRenewJitter: number;
  readonly nodeMonitorPeriod: number;
  readonly nodeMonitorPeriodPhase: number;
  readonly noExecuteQueueDelay: number;
  readonly nodeMonitorGrace: number;
  readonly nodeEvictionRate: number;
  readonly nodeEvictionRateSecondary: number;
  readonly largeClusterSize: number;
  readonly unhealthyZone: number;
  readonly taintPass: number;
  readonly tolerationSecondsNotReady: number;
  readonly tolerationSecondsUnreachable: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly progressDeadline: number;
  readonly revisionHistory: number;
  readonly progressRecheck: number;
  readonly rsBurst: number;
  readonly slowStartInitial: number;
  readonly dsBurst: number;
  readonly dsFailedPodBackoff: number;
  readonly dsFailedPodBackoffMax: number;
  readonly jobBackoffInitial: number;
  readonly jobBackoffMax: number;
  readonly jobSyncBatch: number;
  readonly cronDelta: number;
  readonly hpaSync: number;
  readonly hpaSyncPhase: number;
  readonly hpaTolerance: number;
  readonly hpaDownscaleWindow: number;
  readonly hpaCpuInit: number;
  readonly hpaInitialReadiness: number;
  readonly caScan: number;
  readonly caScanPhase: number;
  readonly metricsScrape: number;
  readonly metricsScrapePhase: number;
  readonly metricsScrapeScatter: number;
  readonly metricsFreshMin: number;
  readonly podGcPeriod: number;
  readonly podGcPeriodPhase: number;
  readonly podGcTerminatedThreshold: number;
  readonly expectationsTimeout: number;
  readonly controllerRetries: number;
  readonly controllerSync: number;
  readonly gcWorkers: number;
  readonly endpointsBatch: number;
  readonly maxEndpointsPerSlice: number;
  readonly endpointSliceSelfResync: number;
  readonly proxyMinSync: number;
  readonly proxyRunTime: number;
  readonly proxyRunPerEndpoint: number;
  readonly dnsTtl: number;
  readonly loadBalancerProbePeriod: number;
  readonly loadBalancerUnhealthy: number;
  readonly loadBalancerHealthy: number;
  readonly loadBalancerPropagation: number;
  readonly oomDetection: number;
  readonly evictionMonitoringPeriod: number;
  readonly evictionMonitoringPhase: number;
  readonly evictionPressureTransition: number;
  readonly evictionHardGrace: number;
  readonly evictionCleanupWait: number;
  readonly evictionCleanupPoll: number;
  readonly killTimeout: number;
  readonly nodeStatusUpdate: number;
  readonly nodeStatusUpdatePhase: number;
  readonly kubeletRestartContainerAge: number;
  readonly clientConnectTimeout: number;
}

export type SettingName = keyof Settings;

export const settingDefinitions: { readonly [Name in SettingName]: SettingDefinition } = {
  apiWriteLatency: d(5 * MILLISECOND, "median of a write, request to response", "model choice (SLO bound 1 s p99)"),
  apiWriteLatencyP99: d(50 * MILLISECOND, "its 99th percentile", "model choice"),
  apiWriteLatencyFloor: d(2 * MILLISECOND, "its least value; half of it bounds the window of a sharded run", "model choice"),
  apiReadLatency: d(2 * MILLISECOND, "median of a read", "model choice"),
  apiReadLatencyP99: d(20 * MILLISECOND, "its 99th percentile", "model choice"),
  apiReadLatencyFloor: d(1 * MILLISECOND, "its least value", "model choice"),
  watchLatency: d(2 * MILLISECOND, "median from commit to a watcher", "model choice"),
  watchLatencyP99: d(50 * MILLISECOND, "its 99th percentile", "model choice"),
  watchLatencyFloor: d(1 * MILLISECOND, "its least value", "model choice"),
  networkLatency: d(500, "median one way between nodes", "model choice"),
  networkLatencyP99: d(2 * MILLISECOND, "its 99th percentile", "model choice"),
  networkLatencyFloor: d(250, "its least value", "model choice"),
  kcmQps: n(20, "1/s", "client of each controller", "kube-controller-manager v1alpha1 defaults"),
  kcmBurst: n(30, "count", "client of each controller", "kube-controller-manager v1alpha1 defaults"),
  schedulerQps: n(50, "1/s", "the scheduler's client", "kube-scheduler v1 defaults"),
  schedulerBurst: n(100, "count", "the scheduler's client", "kube-scheduler v1 defaults"),
  kubeletQps: n(50, "1/s", "status writes of one kubelet", "kubelet v1beta1 defaults"),
  kubeletBurst: n(100, "count", "status writes of one kubelet", "kubelet v1beta1 defaults"),
  workqueueBaseDelay: d(5 * MILLISECOND, "first retry of a controller's key, doubling", "client-go default_rate_limiters.go"),
  workqueueMaxDelay: d(1000 * SECOND, "its cap", "client-go default_rate_limiters.go"),
  workqueueOverallQps: n(10, "1/s", "retries of all keys of one controller together", "client-go default_rate_limiters.go"),
  workqueueOverallBurst: n(100, "count", "the same, at once", "client-go default_rate_limiters.go"),
  eventSpamBurst: n(25, "count", "events of one controller about one object, at once", "client-go events_cache.go"),
  eventSpamRefill: d(300 * SECOND, "and then one more each", "client-go events_cache.go"),
  eventAggregateMax: n(10, "count", "so many different messages of one reason become one Event object", "client-go events_cache.go"),
  eventAggregateWindow: d(600 * SECOND, "longest pause between them", "client-go events_cache.go"),
  eventSeriesWrite: d(360 * SECOND, "how often the scheduler writes the count of an Event that goes on", "event_broadcaster.go"),
  eventTtl: d(3600 * SECOND, "life of an Event object after its last change", "kube-apiserver --event-ttl"),
  kubeletEventQps: n(50, "1/s", "Event objects written by one kubelet", "kubelet v1beta1 defaults"),
  kubeletEventBurst: n(100, "count", "Event objects written by one kubelet", "kubelet v1beta1 defaults"),
  schedulerBackoffInitial: d(1 * SECOND, "first wait of an unschedulable Pod, doubling", "scheduler queue"),
  schedulerBackoffMax: d(10 * SECOND, "its cap", "scheduler queue"),
  schedulerBackoffFlush: d(1 * SECOND, "how often back-offs are looked at", "backoff_queue.go"),
  unschedulableFlush: d(30 * SECOND, "how often long-unschedulable Pods are looked at", "scheduling_queue.go"),
  unschedulableMaxStay: d(300 * SECOND, "longest stay in the unschedulable queue", "scheduling_queue.go"),
  pdbDeletionTimeout: d(120 * SECOND, "how long a granted eviction counts if its Pod stays", "disruption.go DeletionTimeout"),
  evictionRetryConflict: d(500 * MILLISECOND, "wait of an eviction whose budget was written meanwhile", "eviction.go EvictionsRetry"),
  evictionRetryConflictJitter: n(0.1, "share", "its jitter factor", "eviction.go EvictionsRetry"),
  kubectlDrainRetryAfter429: d(5 * SECOND, "kubectl drain's wait after a refused eviction", "kubectl/pkg/drain/drain.go"),
  schedulerCycle: d(2 * MILLISECOND, "one scheduling cycle", "model choice"),
  percentageOfNodesToScore: n(
    0,
    "count",
    "percent of the nodes that a search must find feasible, at least 100 nodes; 0: adaptive",
    "schedule_one.go",
  ),
  maxPods: n(110, "count", "Pods per node when the scenario doesn't say", "kubelet defaults"),
  syncFrequency: d(60 * SECOND, "resync of each Pod", "pod_workers.go"),
  syncFrequencyJitter: n(0.5, "share", "its jitter factor", "pod_workers.go"),
  podErrorBackoff: d(10 * SECOND, "retry of a failed Pod sync", "pod_workers.go backOffPeriod"),
  podErrorBackoffJitter: n(0.5, "share", "its jitter factor", "pod_workers.go"),
  syncTick: d(1 * SECOND, "how often due Pod syncs are looked at", "kubelet.go"),
  statusSyncPeriod: d(10 * SECOND, "how often the status manager looks at all Pods", "status_manager.go"),
  statusSyncPhase: n(1, "share", "random phase per node, as a share of the period", "model choice"),
  housekeepingPeriod: d(2 * SECOND, "clean-ups and back-off garbage collection", "kubelet.go"),
  plegRelistPeriod: d(1 * SECOND, "how often the kubelet looks at the runtime", "kubelet.go"),
  plegRelistPhase: n(1, "share", "random phase per node, as a share of the period", "model choice"),
  plegRelistCost: d(10 * MILLISECOND, "one relist", "model choice"),
  plegOnDemandRelist: n(1, "count", "1: relist a Pod after a sync that did something (1.36)", "pleg/generic.go"),
  crashBackoffInitial: d(10 * SECOND, "first crash-loop delay, doubling", "kubelet.go"),
  crashBackoffMax: d(300 * SECOND, "its cap", "kubelet.go"),
  crashBackoffReduced: n(
    0,
    "count",
    "1: delays begin at 1 s and end at 60 s (gate ReduceDefaultCrashLoopBackOffDecay, alpha 1.33)",
    "kubelet.go",
  ),
  crashBackoffReset: d(600 * SECOND, "a run this long resets it (before 1.32: twice the cap)", "flowcontrol/backoff.go"),
  crashBackoffGC: d(600 * SECOND, "an entry this old is dropped", "flowcontrol/backoff.go"),
  crashBackoffWake: d(60 * SECOND, "longest wait before a worker looks at a back-off again (1.35+)", "pod_workers.go completeWork"),
  crashBackoffWakeJitter: n(0.5, "share", "jitter of the wake-up after a back-off (1.35+)", "pod_workers.go completeWork"),
  imageBackoffInitial: d(10 * SECOND, "first image pull delay, doubling", "kubelet.go"),
  imageBackoffMax: d(300 * SECOND, "its cap", "kubelet.go"),
  imageBackoffExpiry: d(600 * SECOND, "a pull this long after the last one starts over; an entry this old is dropped", "kubelet.go"),
  imagePullLatency: d(500 * MILLISECOND, "fixed part of a pull, and the whole of a manifest check", "model choice"),
  imagePullRate: n(100_000_000, "bytes/s", "image pull rate of one node", "model choice"),
  serializeImagePulls: n(1, "count", "1: one pull at a time per node", "kubelet defaults"),
  maxParallelImagePulls: n(
    0,
    "count",
    "where pulls aren't serialized: at most so many at once per node; 0: any number",
    "kubelet defaults",
  ),
  registryPullQps: n(5, "1/s", "pulls that one kubelet begins; 0: any number", "kubelet v1beta1 defaults"),
  registryPullBurst: n(10, "count", "the same, at once", "kubelet v1beta1 defaults"),
  sandboxCreate: d(500 * MILLISECOND, "sandbox creation", "model choice"),
  containerCreate: d(100 * MILLISECOND, "container creation", "model choice"),
  containerStart: d(100 * MILLISECOND, "container start", "model choice"),
  sandboxStop: d(100 * MILLISECOND, "from the last container's end until the Pod's address is gone", "model choice"),
  podCleanup: d(100 * MILLISECOND, "volumes and cgroup of a terminated Pod", "kubelet.go SyncTerminatedPod"),
  minimumGrace: d(2 * SECOND, "least time between SIGTERM and SIGKILL", "kuberuntime_manager.go"),
  terminationGracePeriod: d(30 * SECOND, "grace of a Pod that doesn't say", "core/v1 defaults"),
  orphanGrace: d(1 * SECOND, "grace of a Pod whose object is gone", "kubelet.go HandlePodCleanups"),
  forceGrace: d(1 * SECOND, "grace on the node of a Pod deleted with none", "pod_workers.go"),
  probePeriod: d(10 * SECOND, "periodSeconds of a probe that doesn't say", "core/v1 defaults"),
  probeTimeout: d(1 * SECOND, "its timeoutSeconds", "core/v1 defaults"),
  probeSuccess: n(1, "count", "successThreshold of a readiness probe; others always have 1", "core/v1 defaults"),
  probeFailure: n(3, "count", "failureThreshold of a probe that doesn't say", "core/v1 defaults"),
  probeInitialDelay: d(0, "its initialDelaySeconds", "core/v1 defaults"),
  probeStartDelayPhase: n(
    1,
    "share",
    "random start of a probe worker while the kubelet is younger than the period, as a share of it",
    "prober/worker.go",
  ),
  execProbeCpu: d(
    100 * MILLISECOND,
    "CPU that the node spends on one attempt of an exec probe (runtime, shim, process)",
    "model choice: 13.3 attempts a second took 33 points of a node's CPU in kubernetes#82440; on four cores",
  ),
  readinessFirstTrigger: n(0.5, "share", "chance that the first manual readiness trigger works", "model choice"),
  leaseRenew: d(10 * SECOND, "node lease renewal", "lease/controller.go"),
  leaseRenewJitter: n(0.04, "share", "its jitter factor", "lease/controller.go"),
  nodeMonitorPeriod: d(5 * SECOND, "node controller's pass", "cloud-provider config defaults"),
  nodeMonitorPeriodPhase: n(1, "share", "random phase of the pass, as a share of the period", "model choice"),
  noExecuteQueueDelay: d(0, "from Unknown until the node waits for its NoExecute taint", "node_lifecycle_controller.go monitorNodeHealth"),
  nodeMonitorGrace: d(50 * SECOND, "silence after which a node is Unknown", "nodelifecycle v1alpha1 defaults"),
  nodeEvictionRate: n(0.1, "1/s", "NoExecute taints per zone", "nodelifecyclecontroller options"),
  nodeEvictionRateSecondary: n(0.01, "1/s", "the same in a partly disrupted large zone", "nodelifecyclecontroller options"),
  largeClusterSize: n(50, "count", "zones above it keep evicting when partly disrupted", "nodelifecyclecontroller options"),
  unhealthyZone: n(0.55, "share", "share of dead nodes that makes a zone partly disrupted", "nodelifecyclecontroller options"),
  taintPass: d(100 * MILLISECOND, "NoExecute pass", "nodelifecycle/scheduler"),
  tolerationSecondsNotReady: d(
    300 * SECOND,
    "stay on a node that isn't ready, of a Pod that doesn't say",
    "plugin/pkg/admission/defaulttolerationseconds",
  ),
  tolerationSecondsUnreachable: d(300 * SECOND, "the same on a node that is unreachable", "plugin/pkg/admission/defaulttolerationseconds"),
  maxSurge: n(0.25, "share", "maxSurge of a Deployment that doesn't say", "apps/v1 defaults"),
  maxUnavailable: n(0.25, "share", "maxUnavailable of a Deployment that doesn't say", "apps/v1 defaults"),
  progressDeadline: d(600 * SECOND, "progressDeadlineSeconds of a Deployment that doesn't say", "apps/v1 defaults"),
  revisionHistory: n(10, "count", "revisionHistoryLimit of a Deployment that doesn't say", "apps/v1 defaults"),
  progressRecheck: d(1 * SECOND, "from the progress deadline to the look at it", "deployment/progress.go"),
  rsBurst: n(500, "count", "creations or deletions per ReplicaSet sync", "replica_set.go"),
  slowStartInitial: n(1, "count", "first batch of creations", "replica_set.go"),
  dsBurst: n(250, "count", "creations and deletions per DaemonSet sync", "daemon_controller.go"),
  dsFailedPodBackoff: d(1 * SECOND, "first wait before a failed Pod of a DaemonSet is deleted again on its node", "daemon_controller.go"),
  dsFailedPodBackoffMax: d(900 * SECOND, "its greatest", "daemon_controller.go"),
  jobBackoffInitial: d(10 * SECOND, "first back-off of a Job after a failure", "job_controller.go"),
  jobBackoffMax: d(600 * SECOND, "its greatest", "job_controller.go"),
  jobSyncBatch: d(1 * SECOND, "how long a Job waits for more news of its Pods", "job_controller.go"),
  cronDelta: d(100 * MILLISECOND, "from the scheduled second to the look of the CronJob controller", "cronjob_controllerv2.go"),
  hpaSync: d(15 * SECOND, "look of the autoscaler at each HorizontalPodAutoscaler", "podautoscaler/config/v1alpha1/defaults.go"),
  hpaSyncPhase: n(1, "share", "random phase of one that was there before the run, as a share of the period", "model choice"),
  hpaTolerance: n(0.1, "share", "how far a metric may be off its target without a change", "podautoscaler/config/v1alpha1/defaults.go"),
  hpaDownscaleWindow: d(
    300 * SECOND,
    "the highest wish of this long ago holds against fewer replicas",
    "podautoscaler/config/v1alpha1/defaults.go",
  ),
  hpaCpuInit: d(
    300 * SECOND,
    "time after its start in which a Pod's CPU counts only while it is ready",
    "podautoscaler/config/v1alpha1/defaults.go",
  ),
  hpaInitialReadiness: d(
    30 * SECOND,
    "a Pod that lost readiness later than this was ready once",
    "podautoscaler/config/v1alpha1/defaults.go",
  ),
  caScan: d(10 * SECOND, "look of the cluster autoscaler at Pods and nodes", "cluster-autoscaler --scan-interval"),
  caScanPhase: n(1, "share", "random phase of it, as a share of the period", "model choice"),
  metricsScrape: d(15 * SECOND, "how often usage is read from the kubelets", "metrics-server --metric-resolution"),
  metricsScrapePhase: n(1, "share", "random phase of the reading, as a share of the period", "model choice"),
  metricsScrapeScatter: d(500 * MILLISECOND, "the nodes are read within this time", "metrics-server scraper.go"),
  metricsFreshMin: d(10 * SECOND, "a container this young has a usage after its first reading", "metrics-server storage/pod.go"),
  podGcPeriod: d(20 * SECOND, "pass of the Pod garbage collector", "podgc/gc_controller.go"),
  podGcPeriodPhase: n(1, "share", "random phase of the pass, as a share of the period", "model choice"),
  podGcTerminatedThreshold: n(12500, "count", "ended Pods that are kept", "podgc options"),
  expectationsTimeout: d(5 * MINUTE, "age after which expectations are ignored", "controller_utils.go"),
  controllerRetries: n(15, "count", "retries of a Deployment sync", "deployment_controller.go"),
  controllerSync: d(1 * MILLISECOND, "one sync of a controller, before its writes", "model choice"),
  gcWorkers: n(20, "count", "deletions of the garbage collector at the same time", "garbagecollector config"),
  endpointsBatch: d(0, "batching of endpoint updates", "endpointslice options"),
  maxEndpointsPerSlice: n(100, "count", "endpoints per slice", "endpointslice config"),
  endpointSliceSelfResync: d(1 * SECOND, "first retry of a failed or stale EndpointSlice sync, doubling", "endpointslice_controller.go"),
  proxyMinSync: d(1 * SECOND, "least time between two runs of a Service proxy (iptables, nftables)", "kube-proxy defaults"),
  proxyRunTime: d(10 * MILLISECOND, "one run", "model choice"),
  proxyRunPerEndpoint: d(50, "and for each endpoint of the changed Services", "model choice"),
  dnsTtl: d(30 * SECOND, "how long a client keeps the addresses of a headless Service", "model choice"),
  loadBalancerProbePeriod: d(8 * SECOND, "how often a load balancer asks a node's health check port", "GCE provider's defaults"),
  loadBalancerUnhealthy: n(3, "count", "failed checks in a row that take a node out", "GCE provider's defaults"),
  loadBalancerHealthy: n(1, "count", "answered checks in a row that take it in", "GCE provider's defaults"),
  loadBalancerPropagation: d(1 * SECOND, "from the verdict until requests follow it", "model choice"),
  oomDetection: d(0, "from crossing the limit to the kill", "model choice"),
  evictionMonitoringPeriod: d(10 * SECOND, "how often the kubelet looks for pressure", "kubelet.go evictionMonitoringPeriod"),
  evictionMonitoringPhase: n(1, "share", "random phase per node, as a share of the period", "model choice"),
  evictionPressureTransition: d(300 * SECOND, "how long a node's pressure is kept up after the last observation", "kubelet defaults"),
  evictionHardGrace: d(1 * SECOND, "grace of a Pod evicted for a hard threshold", "eviction_manager.go"),
  evictionCleanupWait: d(30 * SECOND, "longest wait for an evicted Pod's clean-up before the next look", "eviction_manager.go"),
  evictionCleanupPoll: d(1 * SECOND, "how often that is looked at", "eviction_manager.go"),
  killTimeout: d(10 * SECOND, "least time that a kill by the kubelet itself may take before it goes on", "pod_workers.go killPodNow"),
  nodeStatusUpdate: d(10 * SECOND, "how often the kubelet computes its node's status", "kubelet defaults"),
  nodeStatusUpdatePhase: n(1, "share", "random part of it until a change is reported", "model choice"),
  kubeletRestartContainerAge: d(
    10 * SECOND,
    "containers older than this stay ready when their kubelet restarts (1.35+)",
    "prober_manager.go",
  ),
  clientConnectTimeout: d(3 * SECOND, "until a connection to an address that is gone fails", "model choice (8.4)"),
};

export const defaultSettings: Settings = Object.freeze(
  Object.fromEntries(Object.entries(settingDefinitions).map(([name, definition]) => [name, definition.default])),
) as unknown as Settings;

function d(micros: number, meaning: string, source: string): SettingDefinition {
  return { default: micros, unit: "µs", meaning, source };
}

function n(value: number, unit: SettingDefinition["unit"], meaning: string, source: string): SettingDefinition {
  return { default: value, unit, meaning, source };
}
