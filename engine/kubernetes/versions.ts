/**
 * What differs between the Kubernetes releases that a scenario may ask for: the only place that compares
 * version numbers. Every component reads named facts of the `Versions` of its run. Each switch names its source:
 * the enhancement proposal whose gate is on by default from that release on, the pull request that made the
 * change, or the code that differs. Of the latter some (UNDATED) are known to be in one of the trees of 1.25,
 * 1.27, 1.29, 1.31 and 1.36 and not in that of 1.20, and no more: they count as made in 1.25.
 */
import type { SettingName, Settings } from "../settings.ts";
import { defaultSettings } from "../settings.ts";

export const OLDEST_MINOR = 20;
export const NEWEST_MINOR = 36;

/** Changes whose pull request isn't known. */
const UNDATED = 25;

const SECOND = 1_000_000;

export interface Versions {
  /** For texts that name the release (`kube-probe/1.36`); no decision reads it. */
  readonly text: string;

  // Probes.

  /** A probe worker always starts after U[0, period), not only while the kubelet is younger than the period. */
  readonly alwaysRandomProbeStart: boolean;
  /** Probe workers start when the kubelet hears of the Pod, not in its first sync. */
  readonly probesStartOnAdmission: boolean;
  /** A Pod sync probes a container that isn't ready at once. */
  readonly manualReadinessTrigger: boolean;
  /** …and the worker's ticker starts anew then. */
  readonly triggerShiftsGrid: boolean;
  /** The startup worker holds after success as well, until there is a new instance. */
  readonly startupHoldsOnSuccess: boolean;
  /** Readiness and startup results sync the Pod; before, a startup failure waits for the next sync. */
  readonly everyResultSyncs: boolean;
  /** Liveness and startup workers end with the Pod's deletion; before, they run until the Pod is removed. */
  readonly probesStopOnDeletion: boolean;
  readonly grpcProbes: boolean;
  /** probe.terminationGracePeriodSeconds. */
  readonly probeGracePeriod: boolean;
  /** "probe errored and resulted in …", no Event for Unknown; before, Unknown counts as a failed try with its Event. */
  readonly probeErrorsNameResult: boolean;
  /** A timed-out exec probe says so; before, its text is what the command had printed. */
  readonly execTimeoutText: boolean;
  /** An exec probe whose container ends meanwhile errs, and counts for nothing; later its process dies with the container: a failure. */
  readonly execErrsWithContainer: boolean;
  /** "Probe terminated redirects, Response body: …"; before, the body alone. */
  readonly redirectWarningNamesBody: boolean;

  // Containers.

  /** Init containers with restartPolicy Always. */
  readonly sidecars: boolean;
  /** restartPolicy and restartPolicyRules of single containers. */
  readonly containerRestartRules: boolean;
  readonly restartAllContainers: boolean;
  /** A created container that never ran is Waiting; before, Terminated. */
  readonly createdIsWaiting: boolean;
  /** Containers that a power loss ended have the reason Unknown (containerd's); before, Error (dockershim's). */
  readonly lostTasksAreUnknown: boolean;
  /** Under OnFailure any container with exit code 0 that isn't running counts as succeeded in a new sandbox, also in an unknown state. */
  readonly unknownMaySucceed: boolean;
  /** Init containers are looked for by their own records only (findNextInitContainerToRun): one that vanished runs again. */
  readonly initNeedsRecords: boolean;
  /** `sleep` hooks; since 1.33 also of 0 s. */
  readonly sleepHooks: boolean;
  readonly zeroSleepHooks: boolean;
  /** Events and reasons of failed hooks carry the whole error; later "PostStartHook failed". */
  readonly hookErrorsInFull: boolean;
  /** "Container created" in place of "Created container web". */
  readonly startEventsWithoutName: boolean;
  /** "… already present on machine and can be accessed by the pod". */
  readonly presentImageIsAccessible: boolean;
  /** "Successfully pulled image … in … (… including waiting)" */
  readonly pulledEventsWithWaiting: boolean;
  /** …with ". Image size: … bytes." */
  readonly pulledEventsWithSize: boolean;
  /** A sync that waits for a volume stops when its Pod is to end; before, its time runs out first. */
  readonly mountWaitEndsWithPod: boolean;
  /** FailedMount also when that time is over: "Unable to attach or mount volumes: …". */
  readonly mountTimeoutIsTold: boolean;
  /** "…, failed to process volumes=[]" */
  readonly mountTimeoutListsUnprocessed: boolean;
  /** An HTTPS hook whose port speaks plain HTTP is sent again without TLS, with an Event; before, every hook goes by plain HTTP. */
  readonly hooksFallBackOnHttp: boolean;
  /** The reason of ImagePullBackOff repeats the last error. */
  readonly pullBackOffNamesError: boolean;

  // Pod workers and status.

  /** SyncPod → TerminatingPod → TerminatedPod; before, one syncPod that also kills. */
  readonly podWorkerStates: boolean;
  /** A delete reaches the Pod worker also when no container runs. */
  readonly deleteAlwaysDispatched: boolean;
  /** The phase turns terminal before the object is removed, and removal waits only for the worker. */
  readonly terminalPhaseFirst: boolean;
  /** All changed statuses are pushed at each signal; before, one queued entry at a time. */
  readonly statusBatches: boolean;
  /** A terminal phase waits in the kubelet until no container can be running. */
  readonly terminalPhaseWaits: boolean;
  /** A Pod that the kubelet ends keeps its status but for the verdict; before, phase, reason and message take its place at once and for ever. */
  readonly endedKeepsStatus: boolean;
  /** Pods that fail for an init container: by what may restart; before, any failed one under policy Never. */
  readonly phaseAsksRestartRules: boolean;
  /** Condition PodReadyToStartContainers. */
  readonly readyToStartCondition: boolean;
  /** Condition DisruptionTarget. */
  readonly disruptionTargetCondition: boolean;
  /** Reason PodFailed of a failed Pod's Ready and ContainersReady; before, ContainersNotReady stays. */
  readonly podFailedReason: boolean;
  /** A sync that acted and succeeded asks for a relist of its Pod: the default of plegOnDemandRelist. */
  readonly onDemandRelist: boolean;
  /** Ready Pods stay ready over a restart of their kubelet. */
  readonly readinessSurvivesRestart: boolean;
  /** Connections of HTTP and TCP probes are free again after a second, not after TIME_WAIT. */
  readonly probesLinger: boolean;
  /** Resource critical Pods: only system-node-critical is protected from the OOM killer; before, every critical Pod. */
  readonly onlyNodeCriticalProtected: boolean;
  /** All processes of a container over its limit die; before, one. */
  readonly oomKillsGroup: boolean;
  /** A Pod that is force-deleted still gets a second; before, 0: SIGKILL without preStop. */
  readonly forcedPodsGetGrace: boolean;
  /** Hard evictions likewise. */
  readonly hardEvictionGetsGrace: boolean;
  /** "Pod was rejected: …"; before, "Pod …". */
  readonly rejectionSaysSo: boolean;
  /** "Predicate NodeAffinity failed: …"; before, without the why. */
  readonly predicateTellsWhy: boolean;
  /** The kubelet takes no Pod that doesn't tolerate a NoExecute taint; before, only the taint manager sees to it. */
  readonly untoleratedIsRefused: boolean;
  /** A message of an eviction tells threshold and what was available. */
  readonly evictionTellsThreshold: boolean;
  /** A soft eviction grants at most the Pod's own grace. */
  readonly softEvictionKnowsPodGrace: boolean;
  /** Graceful node shutdown may be configured. */
  readonly nodeShutdown: boolean;

  // Back-off.

  /** The worker wakes at the back-off's end; before, it polls. */
  readonly wakesAtBackOffEnd: boolean;
  /** The back-off's key holds image and resources; before, the whole container. */
  readonly backOffKeyIsImage: boolean;
  /** A back-off is reset after 600 s whatever its maximum; before, after twice the maximum. */
  readonly backOffResetIsFixed: boolean;
  /** "Back-off restarting failed container web in pod …"; before, without the names. */
  readonly backOffEventsWithName: boolean;

  // API server.

  /** A second DELETE whose deadline has passed is stored as now; before, as computed. */
  readonly deadlineNotInPast: boolean;
  /** Pods have a metadata.generation. */
  readonly podGeneration: boolean;
  /** A clash of a generated name is tried again. */
  readonly generatedNamesRetried: boolean;
  /** Tables of Pods print "4 (12s ago)"; before, "4". */
  readonly restartsTellWhen: boolean;
  /** Tables print Terminating only of Pods that haven't ended. */
  readonly endedPodsStayEnded: boolean;
  /** …and Error, not Completed or NotReady, where one container ended well and another didn't. */
  readonly failuresOutrankCompleted: boolean;
  /** Tables of Jobs have a column STATUS. */
  readonly jobTablesTellStatus: boolean;
  /** Tables of CronJobs have a column TIMEZONE. */
  readonly cronJobTablesTellZone: boolean;
  readonly inPlaceResize: boolean;
  /** batch/v1beta1 is served, for CronJobs. */
  readonly servesBatchBeta: boolean;
  /** autoscaling/v2beta2 is served. */
  readonly servesAutoscalingBeta: boolean;
  /** policy/v1beta1 is served, for PodDisruptionBudgets. */
  readonly servesPolicyBeta: boolean;
  /** completionMode and suspend of Jobs. */
  readonly jobModes: boolean;
  /** A Job whose Pods have no restartPolicy is told that one is required; before, that Always isn't supported. */
  readonly jobPolicyIsRequired: boolean;

  // Scheduler.

  /** Each rejecting plugin's hint decides which Pods an occurrence wakes; before, all. */
  readonly queueingHints: boolean;
  /** An idle scheduler takes Pods out of their back-off. */
  readonly popsBackOffWhenIdle: boolean;
  /** Balanced allocation scores the improvement; before, the balance. */
  readonly balanceIsDifference: boolean;
  /** Balanced allocation is by standard deviation of real requests; before, |cpu − memory|. */
  readonly balanceIsDeviation: boolean;
  /** "node(s) had untolerated taint"; before, "had taint {…}, that the pod didn't tolerate". */
  readonly untoleratedTaintText: boolean;
  /** …with the taint named (until 1.35). */
  readonly untoleratedTaintNamed: boolean;
  /** "didn't match Pod's node affinity/selector"; before, "… node affinity". */
  readonly affinityTextWithSelector: boolean;
  /** FailedScheduling ends with what preemption found. */
  readonly preemptionText: boolean;
  readonly schedulingGates: boolean;
  /** Filters look only at the nodes that a Pod's affinity names, if it names any. */
  readonly namedNodesOnly: boolean;
  /** …and the others have a reason, too, and are none for preemption. */
  readonly unnamedNodesRejected: boolean;
  /** "node(s) didn't satisfy plugin(s) [NodeAffinity]"; before, "node is filtered out by the prefilter result". */
  readonly unnamedNodesTellPlugin: boolean;
  /** Victims are deleted beside the scheduling cycle, the last one after the others. */
  readonly preemptionIsAsync: boolean;
  /** Until the last victim is seen to leave, the Pod that it makes room for isn't tried; before, until that victim's turn. */
  readonly preemptorAwaitsLast: boolean;
  /** A victim that is being deleted already is left alone. */
  readonly preemptionSparesLeaving: boolean;
  /** "Preempted by pod UID on node …"; before, as `preemptorIsUnnamed` says. */
  readonly preemptedByUid: boolean;
  /** "Preempted by a pod on node …"; before, "Preempted by NS/NAME on node …". */
  readonly preemptorIsUnnamed: boolean;
  /** Taints, affinity of nodes and of Pods weigh more in the score. */
  readonly preferencesWeighMore: boolean;
  /** Pods that are spread by default are only scored on nodes with a host name and a zone. */
  readonly defaultSpreadNeedsKeys: boolean;
  /** Spread scores are rounded; before, cut off. */
  readonly spreadScoresRounded: boolean;
  /** nodeAffinityPolicy and nodeTaintsPolicy of spread constraints. */
  readonly spreadInclusionPolicies: boolean;
  /** minDomains of spread constraints. */
  readonly spreadMinDomains: boolean;
  /** matchLabelKeys of spread constraints. */
  readonly spreadLabelKeys: boolean;
  /** matchLabelKeys and mismatchLabelKeys of Pod affinity. */
  readonly affinityLabelKeys: boolean;
  /** namespaceSelector of Pod affinity. */
  readonly affinityNamespaceSelector: boolean;
  /** A node on which a Pod wouldn't fit alone is no candidate for preemption. */
  readonly tooSmallIsHopeless: boolean;
  /** "didn't match pod affinity/anti-affinity" is said before the actual reason. */
  readonly affinityTextTwice: boolean;
  /** A nominated node that will do is taken without a search. */
  readonly nominatedNodeFirst: boolean;
  /** An occurrence wakes the Pods that a filter concerned by it rejected; before, all. */
  readonly wakesByFilter: boolean;
  /** Any change of a Pod that waits, its own condition included, has it tried again at once. */
  readonly ownUpdatesRetry: boolean;
  /** Images of init containers count for the score of a node that has them. */
  readonly imageScoreCountsInit: boolean;

  // Controllers.

  /** A ReplicaSet looks again minReadySeconds after each Ready; before, a second later. */
  readonly minReadyResyncExact: boolean;
  /** Scale-down ranks by pod-deletion-cost. */
  readonly podDeletionCost: boolean;
  /** …and by age on a logarithmic scale. */
  readonly logScaleAges: boolean;
  /** "Scaled up replica set web from 1 to 2"; before, "to 2". */
  readonly scalingEventsWithOld: boolean;
  /** A StatefulSet deletes an ended Pod once and stops its pass; before, a Failed one is deleted and created in one sync, a Succeeded one waits. */
  readonly statefulSetStopsAfterDelete: boolean;
  readonly statefulSetMinReady: boolean;
  /** What of a StatefulSet's spec may change besides replicas, template and updateStrategy. */
  readonly statefulSetMinReadyMutable: boolean;
  readonly statefulSetRetentionMutable: boolean;
  readonly statefulSetOrdinalsMutable: boolean;
  readonly statefulSetHistoryMutable: boolean;
  readonly statefulSetVolumeRetention: boolean;
  /** spec.ordinals of StatefulSets. */
  readonly statefulSetOrdinals: boolean;
  readonly daemonSetSurge: boolean;
  /** With surge, an old Pod on a node that takes no new one goes without a successor; before, one is made there. */
  readonly daemonSetSurgeLeavesNodes: boolean;
  /** maxSurge and maxUnavailable both 0 count as maxUnavailable 1. */
  readonly daemonSetNeverStuck: boolean;
  /** A Succeeded Pod of a DaemonSet is deleted, and so replaced; before, it stays. */
  readonly daemonSetReplacesSucceeded: boolean;
  /** Pods of StatefulSets and Indexed Jobs have their index as a label. */
  readonly podIndexLabels: boolean;
  /** Pods of Jobs have batch.kubernetes.io/job-name and …/controller-uid, too. */
  readonly prefixedJobLabels: boolean;
  /** A Job's back-off delays single Pods; before, its sync and verdict. */
  readonly jobBackOffPerPod: boolean;
  readonly jobPodFailurePolicy: boolean;
  readonly jobBackOffLimitPerIndex: boolean;
  readonly jobSuccessPolicy: boolean;
  readonly jobPodReplacementPolicy: boolean;
  /** A Job gets its final condition when its last Pod has gone; before, with the decision. */
  readonly jobWaitsForPods: boolean;
  /** spec.timeZone of CronJobs. */
  readonly cronJobTimeZone: boolean;
  /** A time zone within a CronJob's schedule is refused. */
  readonly cronJobRefusesZones: boolean;
  /** Ended Jobs with ttlSecondsAfterFinished are deleted. */
  readonly jobExpires: boolean;
  /** An autoscaler with behaviour looks at the windows of both directions. */
  readonly autoscalerBothWindows: boolean;
  /** An autoscaler reads metrics of single containers. */
  readonly autoscalerContainerMetrics: boolean;
  /** A direction of an autoscaler may have a tolerance of its own. */
  readonly autoscalerTolerance: boolean;
  /** kubectl get hpa says which metric a target is of. */
  readonly autoscalersNameMetrics: boolean;
  /** Words of an autoscaler about Pods without samples or requests. */
  readonly autoscalerNamesPods: boolean;
  readonly budgetUnhealthyPolicy: boolean;
  /** Pods that aren't Ready are evicted without spending a budget that is healthy without them. */
  readonly evictsUnreadyFreely: boolean;
  /** Pods without a controller are left out of a budget's expectation; before, it fails. */
  readonly budgetSkipsUnmanaged: boolean;
  /** A PodDisruptionBudget says by a condition whether Pods may be evicted. */
  readonly budgetCondition: boolean;
  /** status.terminatingReplicas of Deployments and ReplicaSets. */
  readonly terminatingReplicas: boolean;

  // Nodes.

  /** A node turned Unknown is queued for its NoExecute taint in the same pass: the default of noExecuteQueueDelay. */
  readonly unknownQueuedAtOnce: boolean;
  /** The taint eviction controller has a name of its own: "taint-eviction-controller", before "taint-controller". */
  readonly separateTaintEviction: boolean;
  readonly outOfServiceTaint: boolean;
  /** The Pod garbage collector turns Pods Failed before it deletes them. */
  readonly podGcFailsPods: boolean;

  // Service traffic.

  /** Conditions serving and terminating of endpoints; before, terminating Pods are left out. */
  readonly endpointsTellTerminating: boolean;
  /** A Pod whose Node object is gone keeps the slices of its Services as they are; later it is left out alone. */
  readonly absentNodesStopSlices: boolean;
  /** A Pod that has ended has no endpoint; before, only one that won't run again. */
  readonly endedPodsLeaveEndpoints: boolean;
  /** Endpoints list at most 1000 addresses. */
  readonly endpointsAreCapped: boolean;
  /** A proxy without ready endpoints falls back on those that serve while they terminate. */
  readonly proxyFallsBackOnTerminating: boolean;
  /** Only changed Services are rewritten. */
  readonly proxyWritesChanges: boolean;
  /** Two runs at once, then one per second; later at least a second after the last run's end. */
  readonly proxyBurstOfTwo: boolean;
  readonly proxyNftables: boolean;
  /** Topology hints count without the Service's annotation. */
  readonly hintsWithoutAnnotation: boolean;
  /** The annotation topology-mode Auto (before, topology-aware-hints) makes hints. */
  readonly topologyHints: boolean;
  /** spec.internalTrafficPolicy of Services. */
  readonly serviceInternalPolicy: boolean;
  /** spec.allocateLoadBalancerNodePorts. */
  readonly serviceNodePortControl: boolean;
  readonly trafficDistribution: boolean;
  /** …with PreferSameZone and PreferSameNode. */
  readonly sameNodeHints: boolean;
}

/** Name of a switch. */
export type Feature = Exclude<keyof Versions, "text">;

/** `kubernetesVersion` as a scenario gives it ("1.29") → its facts; null: not a release that the model knows. */
export function versionsOf(kubernetesVersion: string): Versions | null {
  const minor = /^1\.\d\d$/.test(kubernetesVersion) ? Number(kubernetesVersion.slice(2)) : 0;
  return minor < OLDEST_MINOR || minor > NEWEST_MINOR ? null : versionsOfMinor(minor);
}

/** "1.29": the first release with a feature; texts say so. */
export function firstWith(feature: Feature): string {
  return byMinor.find((versions) => versions[feature])!.text;
}

/** The same for a minor that was checked before. */
export function versionsOfMinor(minor: number): Versions {
  return byMinor[minor - OLDEST_MINOR]!;
}

function describe(minor: number): Versions {
  const since = (first: number): boolean => minor >= first;
  return Object.freeze({
    text: `1.${minor}`,

    alwaysRandomProbeStart: !since(21), // kubernetes#98376: the kubelet's own age counts.
    probesStartOnAdmission: !since(UNDATED), // pkg/kubelet/kubelet.go HandlePodAdditions, SyncPod: probeManager.AddPod.
    manualReadinessTrigger: since(21), // kubernetes#98376.
    triggerShiftsGrid: since(32), // pkg/kubelet/prober/worker.go: probeTicker.Reset.
    startupHoldsOnSuccess: since(32), // pkg/kubelet/prober/worker.go: onHold after success.
    everyResultSyncs: since(21), // kubernetes#98376.
    probesStopOnDeletion: since(22), // kubernetes#102344: StopLivenessAndStartup came with the Pod worker's states.
    grpcProbes: since(24), // KEP-2727: beta 1.24.
    probeGracePeriod: since(25), // KEP-2238: alpha 1.21, on 1.25.
    probeErrorsNameResult: since(UNDATED), // pkg/kubelet/prober/prober.go.
    execTimeoutText: since(UNDATED), // pkg/probe/exec/exec.go.
    execErrsWithContainer: !since(UNDATED), // Error of ExecSync: dockershim, which 1.24 removed, and containerd.
    redirectWarningNamesBody: since(UNDATED), // pkg/probe/http/http.go.

    sidecars: since(29), // KEP-753: beta 1.29.
    containerRestartRules: since(35), // KEP-5307: beta 1.35.
    restartAllContainers: since(36), // KEP-5532: beta 1.36.
    createdIsWaiting: since(UNDATED), // pkg/kubelet/kubelet_pods.go convertToAPIContainerStatuses.
    lostTasksAreUnknown: since(24), // Dockershim was removed in 1.24; containerd's restart.go.
    unknownMaySucceed: !since(UNDATED), // pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions.
    initNeedsRecords: !since(29), // KEP-753: findNextInitContainerToRun served until sidecars came.
    sleepHooks: since(30), // KEP-3960: beta 1.30.
    zeroSleepHooks: since(33), // KEP-4818.
    hookErrorsInFull: !since(UNDATED), // pkg/kubelet/kuberuntime/kuberuntime_container.go.
    startEventsWithoutName: since(35), // pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer.
    presentImageIsAccessible: since(35), // pkg/kubelet/images/image_manager.go EnsureImageExists.
    pulledEventsWithWaiting: since(26), // kubernetes#111772.
    pulledEventsWithSize: since(30), // kubernetes#121719: sizes of pulled images.
    pullBackOffNamesError: since(32), // pkg/kubelet/images/image_manager.go EnsureImageExists.
    mountWaitEndsWithPod: since(27), // WaitForAttachAndMount takes a context: kubernetes#113145.
    mountTimeoutIsTold: !since(27), // kubelet.go SyncPod: wait.Interrupted.
    mountTimeoutListsUnprocessed: since(26), // volume_manager.go WaitForAttachAndMount.
    hooksFallBackOnHttp: since(26), // kubernetes#86139, merged for 1.26 (gate ConsistentHTTPGetHandlers).

    podWorkerStates: since(22), // kubernetes#102344: the Pod worker's states.
    deleteAlwaysDispatched: since(22), // kubernetes#102344: dispatchWork.
    terminalPhaseFirst: since(27), // kubernetes#115331.
    statusBatches: since(27), // pkg/kubelet/status/status_manager.go syncBatch.
    terminalPhaseWaits: since(22), // kubernetes#102344: mergePodStatus.
    endedKeepsStatus: since(22), // kubernetes#102344: PodStatusFunc.
    phaseAsksRestartRules: since(35), // KEP-5307: getPhase.
    readyToStartCondition: since(29), // KEP-3085: beta 1.29.
    disruptionTargetCondition: since(26), // KEP-3329: beta 1.26.
    podFailedReason: since(UNDATED), // pkg/kubelet/status/generate.go.
    onDemandRelist: since(36), // pkg/kubelet/pleg/generic.go.
    readinessSurvivesRestart: since(35), // KEP-4781.
    probesLinger: since(27), // kubernetes#115143: SO_LINGER.
    onlyNodeCriticalProtected: since(22), // kubernetes#99729.
    oomKillsGroup: since(28), // kubernetes#117793: memory.oom.group.
    forcedPodsGetGrace: since(22), // kubernetes#102344: calculateEffectiveGracePeriod.
    hardEvictionGetsGrace: since(UNDATED), // pkg/kubelet/eviction/eviction_manager.go immediateEvictionGracePeriodSeconds.
    rejectionSaysSo: since(26), // kubernetes#112644.
    untoleratedIsRefused: since(22), // kubernetes#101218.
    predicateTellsWhy: since(UNDATED), // pkg/kubelet/lifecycle/predicate.go.
    evictionTellsThreshold: since(UNDATED), // pkg/kubelet/eviction/helpers.go evictionMessage.
    softEvictionKnowsPodGrace: since(32), // kubernetes#122890.
    nodeShutdown: since(21), // KEP-2000: beta 1.21.

    wakesAtBackOffEnd: since(35), // pkg/kubelet/pod_workers.go completeWork: BackoffError.
    backOffKeyIsImage: since(34), // pkg/kubelet/kuberuntime/helpers.go GetBackoffKey.
    backOffResetIsFixed: since(32), // KEP-4603: client-go/util/flowcontrol/backoff.go.
    backOffEventsWithName: since(26), // kubernetes#113216.

    deadlineNotInPast: since(UNDATED), // apiserver/pkg/registry/rest/delete.go BeforeDelete.
    podGeneration: since(33), // KEP-5067.
    generatedNamesRetried: since(31), // KEP-4420.
    restartsTellWhen: since(22), // printers.go printPod.
    endedPodsStayEnded: since(30), // printers.go printPod.
    failuresOutrankCompleted: since(UNDATED), // printers.go printPod: its errorReason.
    jobTablesTellStatus: since(31), // printers.go printJob.
    cronJobTablesTellZone: since(30), // printers.go printCronJob.
    inPlaceResize: since(33), // KEP-1287.
    servesBatchBeta: !since(25), // Removed APIs: deprecation guide, 1.25.
    servesAutoscalingBeta: !since(26), // Likewise, 1.26.
    servesPolicyBeta: !since(25), // Likewise, 1.25.
    jobModes: since(22), // KEP-2214, KEP-2232: beta 1.22.
    jobPolicyIsRequired: since(UNDATED), // validation.go validateJobTemplate.

    queueingHints: since(32), // KEP-4247.
    popsBackOffWhenIdle: since(33), // KEP-5142.
    balanceIsDifference: since(36), // kubernetes#129733.
    balanceIsDeviation: since(22), // kubernetes#101946.
    untoleratedTaintText: since(UNDATED), // pkg/scheduler/framework/plugins/tainttoleration.
    untoleratedTaintNamed: since(UNDATED) && !since(35), // kubernetes#134740.
    affinityTextWithSelector: since(UNDATED), // pkg/scheduler/framework/plugins/nodeaffinity.
    preemptionText: since(24), // kubernetes#107775.
    namedNodesOnly: since(24), // kubernetes#109877: PreFilterResult.
    unnamedNodesRejected: since(29), // pkg/scheduler/schedule_one.go findNodesThatFitPod.
    unnamedNodesTellPlugin: since(30), // Likewise: SetAbsentNodesStatus.
    schedulingGates: since(27), // KEP-3521: alpha 1.26, beta 1.27.
    preemptionIsAsync: since(33), // KEP-4832: beta 1.33.
    preemptorAwaitsLast: since(34), // pkg/scheduler/framework/preemption: lastVictimsPendingPreemption.
    preemptionSparesLeaving: since(35), // kubernetes#134927.
    preemptedByUid: since(29), // kubernetes#119971.
    preemptorIsUnnamed: since(27), // kubernetes#114923, kubernetes#114980.
    preferencesWeighMore: since(23), // pkg/scheduler/apis/config/v1beta3/default_plugins.go.
    defaultSpreadNeedsKeys: !since(22), // pkg/scheduler/framework/plugins/podtopologyspread/scoring.go requireAllTopologies.
    spreadScoresRounded: since(UNDATED), // pkg/scheduler/framework/plugins/podtopologyspread/scoring.go.
    spreadInclusionPolicies: since(26), // KEP-3094: beta 1.26.
    spreadMinDomains: since(27), // KEP-3022: beta 1.25, on 1.27.
    spreadLabelKeys: since(27), // KEP-3243: alpha 1.25, beta 1.27.
    affinityLabelKeys: since(31), // KEP-3633: alpha 1.29, beta 1.31.
    affinityNamespaceSelector: since(22), // KEP-2249: alpha 1.21, beta 1.22.
    tooSmallIsHopeless: since(34), // pkg/scheduler/framework/plugins/noderesources/fit.go.
    affinityTextTwice: !since(UNDATED), // pkg/scheduler/framework/plugins/interpodaffinity/filtering.go.
    nominatedNodeFirst: since(22), // KEP-1923: PreferNominatedNode, beta 1.22.
    wakesByFilter: since(22), // pkg/scheduler/framework/interface.go EventsToRegister.
    ownUpdatesRetry: !since(UNDATED), // pkg/scheduler/internal/queue/scheduling_queue.go isPodUpdated.
    imageScoreCountsInit: since(UNDATED), // pkg/scheduler/framework/plugins/imagelocality/image_locality.go.

    minReadyResyncExact: since(UNDATED), // pkg/controller/replicaset/replica_set.go.
    podDeletionCost: since(22), // KEP-2255: beta 1.22.
    logScaleAges: since(22), // KEP-2185: beta 1.22.
    scalingEventsWithOld: since(UNDATED), // kubernetes#101142.
    statefulSetStopsAfterDelete: since(31), // kubernetes#123809.
    statefulSetMinReadyMutable: since(22), // KEP-2599: alpha 1.22.
    statefulSetRetentionMutable: since(23), // KEP-1847: alpha 1.23.
    statefulSetOrdinalsMutable: since(26), // KEP-3335: alpha 1.26.
    statefulSetHistoryMutable: since(33), // pkg/apis/apps/validation ValidateStatefulSetUpdate of 1.33.
    statefulSetMinReady: since(23), // KEP-2599: beta 1.23.
    statefulSetVolumeRetention: since(27), // KEP-1847: alpha 1.23, beta 1.27.
    statefulSetOrdinals: since(27), // KEP-3335: alpha 1.26, beta 1.27.
    daemonSetSurge: since(22), // KEP-1591: alpha 1.21, beta 1.22.
    daemonSetSurgeLeavesNodes: since(34), // kubernetes#119317.
    daemonSetNeverStuck: since(22), // KEP-1591: UnavailableCount.
    daemonSetReplacesSucceeded: since(27), // kubernetes#117073.
    podIndexLabels: since(28), // KEP-4017: beta 1.28.
    prefixedJobLabels: since(27), // kubernetes#114930.
    jobBackOffPerPod: since(26), // pkg/controller/job/backoff_utils.go.
    jobPodFailurePolicy: since(26), // KEP-3329: beta 1.26, GA 1.31.
    jobBackOffLimitPerIndex: since(29), // KEP-3850: beta 1.29, GA 1.33.
    jobSuccessPolicy: since(31), // KEP-3998: beta 1.31, GA 1.33.
    jobPodReplacementPolicy: since(29), // KEP-3939: beta 1.29, GA 1.34.
    jobWaitsForPods: since(31), // pkg/controller/job/job_controller.go: FailureTarget and SuccessCriteriaMet of all Jobs.
    cronJobTimeZone: since(25), // KEP-3140: alpha 1.24, beta 1.25.
    cronJobRefusesZones: since(29), // pkg/apis/batch/validation/validation.go validateScheduleFormat.
    jobExpires: since(21), // KEP-592: beta 1.21.
    autoscalerBothWindows: since(UNDATED), // pkg/controller/podautoscaler/horizontal.go stabilizeRecommendationWithBehaviors.
    autoscalerContainerMetrics: since(27), // KEP-1610: alpha 1.20, beta 1.27, GA 1.30.
    autoscalerTolerance: since(35), // KEP-4951: alpha 1.33, beta 1.35.
    autoscalersNameMetrics: since(30), // printers.go formatHPAMetrics.
    autoscalerNamesPods: since(26), // pkg/controller/podautoscaler/replica_calculator.go.
    budgetUnhealthyPolicy: since(27), // KEP-3017: beta 1.27.
    evictsUnreadyFreely: since(22), // pkg/registry/core/pod/storage/eviction.go.
    budgetSkipsUnmanaged: since(22), // pkg/controller/disruption/disruption.go getExpectedScale.
    budgetCondition: since(22), // pkg/apis/policy/v1 UpdateDisruptionAllowedCondition.
    terminatingReplicas: since(35), // KEP-3973: beta 1.35.

    unknownQueuedAtOnce: since(21), // kubernetes#96876.
    separateTaintEviction: since(29), // KEP-3902.
    podGcFailsPods: since(26), // KEP-3329.
    outOfServiceTaint: since(26), // KEP-2268: alpha 1.24, beta 1.26.

    endpointsTellTerminating: since(22), // KEP-1672: beta 1.22.
    absentNodesStopSlices: !since(25), // kubernetes#110639.
    endedPodsLeaveEndpoints: since(UNDATED), // kubernetes#110255; patch releases of 1.22 to 1.24 have it, too.
    endpointsAreCapped: since(22), // pkg/controller/endpoint/endpoints_controller.go maxCapacity.
    proxyFallsBackOnTerminating: since(26), // KEP-1669: beta 1.26.
    proxyWritesChanges: since(27), // KEP-3453: MinimizeIPTablesRestore.
    proxyBurstOfTwo: !since(UNDATED), // pkg/util/async/bounded_frequency_runner.go, pkg/proxy/runner.
    proxyNftables: since(31), // KEP-3866: beta 1.31.
    hintsWithoutAnnotation: since(31), // KEP-4444: kube-proxy's topology.go, until 1.27 and kubernetes#116522 by annotation alone.
    topologyHints: since(24), // KEP-2433: beta 1.23, on 1.24.
    serviceInternalPolicy: since(22), // KEP-2086: alpha 1.21, beta 1.22.
    serviceNodePortControl: since(22), // KEP-1864: alpha 1.20, beta 1.22.
    trafficDistribution: since(31), // KEP-4444: beta 1.31.
    sameNodeHints: since(34), // KEP-3015: beta 1.34.
  });
}

const byMinor: readonly Versions[] = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => describe(OLDEST_MINOR + index));

export const newestVersions: Versions = versionsOfMinor(NEWEST_MINOR);

/** Constants of older releases: [first minor with the present default, setting, value before]. */
const olderDefaults: readonly (readonly [number, SettingName, number])[] = [
  // pkg/kubelet/apis/config/v1beta1/defaults.go
  [27, "kubeletQps", 5],
  [27, "kubeletBurst", 10],
  [27, "kubeletEventQps", 5],
  [27, "kubeletEventBurst", 10],
  // kubernetes#108761
  [24, "unschedulableMaxStay", 60 * SECOND],
  // pkg/kubelet/pleg/generic.go
  [36, "plegOnDemandRelist", 0],
  // pkg/controller/job/job_controller.go MaxJobPodFailureBackOff, syncJobBatchPeriod
  [28, "jobBackoffMax", 360 * SECOND],
  [26, "jobSyncBatch", 0],
  // pkg/controller/nodelifecycle/config/v1alpha1/defaults.go
  [32, "nodeMonitorGrace", 40 * SECOND],
  // component-helpers/apimachinery/lease/controller.go
  [UNDATED, "leaseRenewJitter", 0],
  // kubernetes#98376
  [21, "readinessFirstTrigger", 0],
  // kubernetes#96876
  [21, "noExecuteQueueDelay", 5 * SECOND],
  // pkg/kubelet/eviction/eviction_manager.go immediateEvictionGracePeriodSeconds
  [UNDATED, "evictionHardGrace", 0],
];

/** Every timing constant as a release has it. */
export function settingsOfVersion(minor: number): Settings {
  let settings = settingsByMinor.get(minor);
  if (settings === undefined) {
    const older = olderDefaults.filter(([since]) => minor < since).map(([, name, value]) => [name, value] as const);
    settings = Object.freeze({ ...defaultSettings, ...Object.fromEntries(older) });
    settingsByMinor.set(minor, settings);
  }
  return settings;
}

const settingsByMinor = new Map<number, Settings>();
