/** Which adapter answers which vector file. A new file is one line here; one whose part isn't built stands in `notBuilt` with what it needs. */
import * as rollingUpdates from "./rolling-updates.ts";
import * as deployments from "./deployments.ts";
import * as replicaSets from "./replica-sets.ts";
import * as scheduling from "./scheduling.ts";
import * as nodeHealth from "./node-health.ts";
import * as endpoints from "./endpoints.ts";
import * as autoscaler from "./autoscaler.ts";
import * as backOff from "./back-off.ts";
import * as daemonSets from "./daemon-sets.ts";
import * as jobs from "./jobs.ts";
import * as probes from "./kubelet-probes.ts";
import * as status from "./kubelet-status.ts";
import * as sync from "./kubelet-sync.ts";
import * as node from "./node.ts";
import * as objects from "./objects.ts";
import * as placement from "./placement.ts";
import { podSpecFields } from "./pod-specs.ts";
import { terminationOrder } from "./termination.ts";
import { adapter, type Adapter } from "./vector-file.ts";
import * as workloads from "./workloads.ts";

const podSpec = `spec{${podSpecFields}}`;
const pod = `name nodeName creationTimestamp labels* metadata{name namespace labels* creationTimestamp deletionTimestamp} spec{nodeName restartPolicy} status{phase podIP podIPs{ip} conditions{type status lastTransitionTime} containerStatuses{name image imageID ready restartCount state* lastState*}}`;
const specPod = `pod{metadata{name labels*} ${podSpec}}`;
const taints = "taints{key value effect timeAdded}";
const nodeFields = `metadata{name labels*} spec{${taints} unschedulable} status{capacity* allocatable*}`;
const fitFields = `node{${nodeFields}} podsOnNode{metadata{name labels*} ${podSpec}} ${specPod} ignoredResources ignoredResourceGroups`;
const scoreFields = `${specPod} podsOnNodes{metadata{name labels*} ${podSpec}} nodes{${nodeFields}}`;
const nodeCondition = "type status reason lastHeartbeatTime lastTransitionTime";
const tolerations = "tolerations{key operator value effect tolerationSeconds}";

const deploymentStatus =
  "replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas conditions{type status reason message lastUpdateTime lastTransitionTime}";
const deployment = `deployment{metadata{name namespace labels*} spec{replicas progressDeadlineSeconds selector* template* strategy{type rollingUpdate{maxSurge maxUnavailable}}} status{${deploymentStatus}}}`;
const template = "metadata{name labels*} spec*";
const bounds = "replicas maxSurge maxUnavailable";
const size = "specReplicas availableReplicas";
const namedSize = `name creationTimestamp ${size} desiredReplicasAnnotation maxReplicasAnnotation`;
const writtenSet = "metadata{uid name namespace deletionTimestamp} spec{replicas selector* template*} status{replicas}";
const limits = "currentReplicas desiredReplicas minReplicas maxReplicas";
const rules = "stabilizationWindowSeconds selectPolicy policies{type value periodSeconds}";
const batching = "batchPeriodSeconds podsAtStart changes{delaySeconds podName podIP} finalWaitSeconds";

export const adapters: Readonly<Record<string, Adapter>> = {
  // Objects.
  defaults_deployment: adapter(
    "spec{replicas revisionHistoryLimit progressDeadlineSeconds minReadySeconds paused strategy* selector* template*}",
    objects.defaultsDeployment,
  ),
  defaults_daemonset: adapter("spec{template* updateStrategy*}", objects.defaultsDaemonSet),
  defaults_job: adapter("spec{parallelism completions backoffLimit}", objects.defaultsJob),
  defaults_statefulset: adapter("spec{template* serviceName podManagementPolicy updateStrategy*}", objects.defaultsStatefulSet),
  intstr_scaled_value: adapter("value total roundUp", objects.intstrScaledValue),
  quantity_canonical: adapter("quantity", objects.quantityCanonical),
  quantity_float: adapter("quantity", objects.quantityFloat, { agrees: objects.isClose }),
  validation_deployment: adapter(
    "deployment{metadata{name namespace labels* annotations*} spec{replicas revisionHistoryLimit progressDeadlineSeconds minReadySeconds paused strategy* selector* template*}}",
    objects.validationDeployment,
    { agrees: objects.isSameVerdict },
  ),
  validation_probe: adapter(
    "probe{exec{command} httpGet* tcpSocket* grpc* initialDelaySeconds timeoutSeconds periodSeconds successThreshold failureThreshold terminationGracePeriodSeconds}",
    objects.validationProbe,
  ),

  // The kubelet.
  backoff_entry: adapter("baseSeconds maxSeconds atSeconds advanceAtSeconds", backOff.backOffEntry),
  kubelet_crashloop_backoff: adapter("baseSeconds maxSeconds syncPeriodSeconds runSeconds", backOff.crashLoop),
  kubelet_image_pull: adapter(
    "imagePullPolicy imagePresentAtStart inspectFails registryWorks atSeconds baseSeconds maxSeconds",
    backOff.imagePull,
  ),
  kubelet_container_api_state: adapter(status.apiStateFields, status.containerApiState, {
    skips: status.unknownState,
    compared: status.expectedApiState,
    agrees: status.sameStates,
  }),
  kubelet_pod_actions: adapter(sync.syncFields, sync.podActionsOf120),
  kubelet_pod_actions_sidecars: adapter(sync.syncFields, sync.podActionsWithSidecars),
  kubelet_should_restart: adapter("restartPolicy podHasDeletionTimestamp statusesNewestFirst{name state exitCode}", sync.shouldRestart),
  kubelet_pod_phase: adapter(status.phaseFields, status.phase),
  kubelet_pod_phase_sidecars: adapter(status.phaseFields, status.phase),
  pod_condition_containersready: adapter(status.conditionFields, status.containersReady),
  pod_condition_initialized: adapter(status.conditionFields, status.initializedOf120),
  pod_condition_initialized_modern: adapter(status.conditionFields, status.initialized),
  pod_condition_ready: adapter(status.conditionFields, status.ready),
  kubelet_probe_dispatch: adapter("probeIsSet handler execOutcome execReturnsError", probes.probeDispatch),
  kubelet_probe_port: adapter("port containerPorts{name containerPort protocol}", probes.probePort),
  kubelet_probe_thresholds: adapter(`probeType ${probes.probeFields} started probeWouldReturn`, probes.probeThresholds),
  kubelet_probe_worker: adapter(`probeType ${probes.probeFields} restartPolicy ${probes.stepFields}`, probes.probeWorker),
  probe_http: adapter("status serverSleepSeconds timeoutSeconds redirectStatus redirectTo finalStatus", probes.httpProbe),
  kubelet_termination_order: adapter(
    "spec{initContainers{name restartPolicy} containers{name}} gracePeriodSeconds exitSecondsAfterSignal",
    terminationOrder,
  ),
  qos_class: adapter(podSpec, node.qosClass),
  qos_class_and_oom_score: adapter(`${podSpecFields} nodeMemoryCapacityBytes`, node.qosClassAndOomScore),
  oom_score_ranges: adapter(`pod{metadata{name annotations*} ${podSpec}} nodeMemoryCapacityBytes`, node.oomScore, {
    agrees: node.isInRange,
  }),
  eviction_grace_period: adapter(`now observed{threshold{${node.shortThresholdFields}} firstObservedAt}`, node.evictionGracePeriod, {
    compared: node.expectedShortThresholds,
  }),
  eviction_thresholds_met: adapter(`thresholds{${node.thresholdFields}} observations* enforceMinReclaim`, node.evictionThresholdsMet, {
    compared: node.expectedThresholds,
  }),
  eviction_percentage_thresholds_met: adapter(
    `thresholds{${node.thresholdFields}} observations* enforceMinReclaim`,
    node.evictionThresholdsMet,
    { compared: node.expectedThresholds },
  ),
  eviction_node_conditions: adapter(`thresholds{${node.thresholdFields}}`, node.evictionNodeConditions, {
    compared: node.expectedNodeConditions,
  }),
  eviction_threshold_parsing: adapter(
    "allocatableConfig evictionHard* evictionSoft* evictionSoftGracePeriod* evictionMinReclaim*",
    node.evictionParsing,
    { compared: node.expectedParsing },
  ),
  eviction_memory_ranking: adapter(`rankBy pods{name ${podSpec}} usage*`, node.evictionRanking),

  // Pods and ReplicaSets.
  pod_available: adapter(`pod{${pod}} minReadySeconds now`, replicaSets.podAvailable),
  replicaset_status: adapter(`replicas minReadySeconds templateLabels* pods{${pod}}`, replicaSets.replicaSetCounts, {
    compared: replicaSets.expectedCounts,
  }),
  replicaset_deletion_order: adapter(`now pods{${pod}} otherPodsOfSameController{${pod}} scaleDownBy`, replicaSets.deletionOrder, {
    agrees: replicaSets.isSameDeletion,
  }),
  replicaset_deletion_pairs_modern: adapter(`now a{pod{${pod}} rank} b{pod{${pod}} rank}`, replicaSets.deletionPair),
  slow_start_batches: adapter("count initialBatchSize failFromCallIndex", replicaSets.slowStart),

  // Deployments.
  deployment_template_equal: adapter(`former{${template}} latter{${template}}`, deployments.deploymentTemplateEqual),
  deployment_fenceposts: adapter(bounds, rollingUpdates.deploymentFenceposts),
  deployment_max_unavailable: adapter(deployment, deployments.deploymentMaxUnavailable),
  deployment_complete: adapter(deployment, deployments.deploymentComplete),
  deployment_progressing: adapter(`${deployment} newStatus{${deploymentStatus}}`, deployments.deploymentProgressing),
  deployment_timed_out: adapter(`${deployment} now`, deployments.deploymentTimedOut),
  deployment_requeue_stuck: adapter(`${deployment} newStatus{${deploymentStatus}} now`, deployments.deploymentRequeueStuck),
  deployment_rollout_status: adapter(
    `${deployment} newReplicaSet replicaSets{name replicas ${size}} now`,
    deployments.deploymentRolloutStatus,
  ),
  deployment_cleanup_unhealthy: adapter(`maxCleanupCount oldReplicaSet{${size}}`, rollingUpdates.deploymentCleanUpUnhealthy),
  deployment_scale_down_old: adapter(`${bounds} oldReplicaSet{${size}}`, rollingUpdates.deploymentScaleDownOld),
  deployment_new_rs_replicas: adapter(
    `strategyType ${bounds} allReplicaSetsTotalReplicas newReplicaSetReplicas`,
    rollingUpdates.deploymentNewReplicas,
  ),
  deployment_reconcile_new: adapter(`${bounds} oldReplicaSetReplicas newReplicaSetReplicas`, rollingUpdates.deploymentReconcileNew),
  deployment_reconcile_old: adapter(`${bounds} oldReplicaSet{${size}} newReplicaSet{${size}}`, rollingUpdates.deploymentReconcileOld),
  deployment_rolling_step: adapter(
    `${bounds} oldReplicaSets{${namedSize}} newReplicaSet{${namedSize}}`,
    rollingUpdates.deploymentRollingStep,
  ),
  deployment_rolling_trace: adapter(`${bounds} becomeAvailablePerQuietStep`, rollingUpdates.deploymentRollingTrace),
  deployment_scale_proportional: adapter(`${bounds} replicaSets{${namedSize}} newReplicaSet`, rollingUpdates.deploymentScaleProportional),
  deployment_history_cleanup: adapter(`now oldReplicaSets{${writtenSet}} revisionHistoryLimit`, deployments.deploymentHistoryCleanup),
  deployment_old_pods_running: adapter(
    `newReplicaSet{${writtenSet}} oldReplicaSets{${writtenSet}} podsByOwner*`,
    deployments.deploymentOldPodsRunning,
  ),

  // Other workloads, budgets and autoscalers.
  statefulset_sync: adapter(
    "replicas podManagementPolicy updateStrategy partition currentRevisionImage updateRevisionImage pods{ordinal phase ready terminating image}",
    workloads.statefulSetSync,
    { compared: workloads.expectedSync },
  ),
  daemonset_failed_pods: adapter("numFailedPods numNormalPods", daemonSets.daemonSetFailedPods),
  daemonset_should_run: adapter(
    `nodeLabels* nodeUnschedulable nodeTaints{key value effect} nodeConditions* podTemplateSpec{${daemonSets.daemonSpecFields}} podsOnNode*`,
    daemonSets.daemonSetShouldRun,
  ),
  daemonset_unavailable: adapter("maxUnavailable minReadySeconds nodes pods*", daemonSets.daemonSetUnavailable),
  job_sync: adapter("parallelism completions backoffLimit beingDeleted pods{pending active succeeded failed}", jobs.jobSync),
  job_backoff_never: adapter(
    "parallelism completions backoffLimit restartPolicy activePodsPhase activePods failedPods",
    jobs.jobBackOffNever,
  ),
  job_backoff_onfailure: adapter(
    "parallelism completions backoffLimit restartPolicy podPhase containerRestartCounts",
    jobs.jobBackOffOnFailure,
  ),
  job_past_deadline: adapter(
    "parallelism completions backoffLimit activeDeadlineSeconds startedSecondsAgo pods{active succeeded failed}",
    jobs.jobPastDeadline,
  ),
  job_pod_failure_policy: adapter(
    "podFailurePolicy{rules{name action onExitCodes{containerName operator values} onPodConditions{type status}}} failedPod{metadata{namespace name} spec* status{phase containerStatuses{name state{terminated{exitCode}}} initContainerStatuses{name state{terminated{exitCode}}} conditions{type status}}}",
    jobs.jobFailurePolicy,
    { compared: jobs.expectedPolicy },
  ),
  podgc_terminated: adapter("terminatedPodThreshold podsOldestFirst{name phase reason}", jobs.podGcTerminated, {
    compared: jobs.expectedGone,
  }),
  pdb_status: adapter(
    "minAvailable maxUnavailable controllerReplicas pods{name ready terminating evictionRecordedSecondsAgo}",
    workloads.budget,
  ),
  hpa_behavior_rate: adapter(
    `${limits} behavior{scaleUp{${rules}} scaleDown{${rules}}} scaleUpEvents{replicaChange timestamp} scaleDownEvents{replicaChange timestamp} now`,
    autoscaler.behaviorRate,
  ),
  hpa_limits_without_behavior: adapter(limits, autoscaler.limitsWithoutBehavior),
  hpa_replica_calculation: adapter(
    "currentReplicas now containerMetric resource{name requestPerContainer usageMilliPerContainer targetUtilizationPercent podNames} metric{type levelsMilli targetMilli targetPerPodMilli} podPhase podReadiness podStartTime podDeletionTimestamp",
    autoscaler.replicaCalculation,
  ),
  hpa_stabilization: adapter(
    "desiredReplicas recommendations{recommendation timestamp} downscaleStabilizationSeconds now",
    autoscaler.stabilization,
  ),
  hpa_stabilization_behavior: adapter(
    "currentReplicas desiredReplicas recommendations{recommendation timestamp} scaleUpStabilizationSeconds scaleDownStabilizationSeconds now",
    autoscaler.stabilizationBehavior,
  ),

  // Endpoints.
  endpoints_batching_adds: adapter(batching, endpoints.endpointsBatching),
  endpoints_batching_deletes: adapter(batching, endpoints.endpointsBatching),
  endpoints_batching_updates: adapter(batching, endpoints.endpointsBatching),
  endpoints_membership_v1_20: adapter(`pod{${pod}} includeTerminating now`, endpoints.endpointsMembershipOf120),
  endpoints_membership_modern: adapter(`pod{${pod}} includeTerminating now`, endpoints.endpointsMembership),
  endpointslice_conditions_modern: adapter("podReadyCondition podTerminating publishNotReadyAddresses", endpoints.endpointSliceConditions),
  service_endpoint_selection: adapter(placement.endpointFields, placement.serviceEndpoints, { compared: placement.expectedEndpoints }),

  // The scheduler.
  scheduler_fit: adapter(fitFields, scheduling.schedulerFit),
  scheduler_fit_pod_count: adapter(fitFields, scheduling.schedulerFit),
  scheduler_least_allocated: adapter(`${scoreFields} resourceWeights{cpu memory}`, scheduling.schedulerLeastAllocated, {
    skips: scheduling.otherWeights,
  }),
  scheduler_balanced_allocation_v1_20: adapter(scoreFields, scheduling.schedulerBalancedAllocation),
  scheduler_taint_filter: adapter(`node{${nodeFields}} ${specPod}`, scheduling.schedulerTaintFilter),
  scheduler_most_allocated: adapter(`${scoreFields} resourceWeights{cpu memory}`, scheduling.schedulerMostAllocated, {
    skips: scheduling.otherWeights,
  }),
  scheduler_node_affinity_filter: adapter(placement.affinityFields, placement.nodeAffinity),
  scheduler_topology_spread_filter: adapter(placement.spreadFields, placement.topologySpread),
  scheduler_taint_score: adapter(scoreFields, scheduling.schedulerTaintScore),
  scheduler_unschedulable_filter: adapter(`node{${nodeFields}} ${specPod}`, scheduling.schedulerUnschedulableFilter),

  // Nodes.
  min_toleration_time: adapter(tolerations, nodeHealth.minTolerationTime),
  noexecute_eviction: adapter(`${taints} ${tolerations}`, nodeHealth.noExecuteEviction),
  noexecute_multiple_pods: adapter(`${taints} pods{name ${tolerations}}`, nodeHealth.noExecuteMultiplePods),
  node_disruption_eviction: adapter(
    `nodes{name labels* conditions{${nodeCondition}}} pods{name nodeName} t0 laterSeconds evictionTimeoutSeconds nodeConditionsLater{${nodeCondition}}`,
    nodeHealth.nodeDisruption,
  ),
  node_zone_state: adapter("readyNodes notReadyNodes", nodeHealth.nodeZoneState),
};

/** Files whose part of Kubernetes isn't in the model yet, and what it is. */
export const notBuilt: Readonly<Record<string, string>> = {};
