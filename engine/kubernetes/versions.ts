/**
 * What differs between the Kubernetes releases that a scenario may ask for: the only place that compares
 * version numbers. Every component reads named facts of the `Versions` of its run. A change whose release
 * nobody dated counts as made in 1.25; a feature counts from the release that has it on by default.
 * Source of a release, unless its line names another: for gates pkg/features/kube_features.go (their stages by
 * release), for everything else the presence of the code in the trees of 1.25, 1.27, 1.29, 1.31 and 1.36.
 */
import type { SettingName, Settings } from "../settings.ts";
import { defaultSettings } from "../settings.ts";

export const OLDEST_MINOR = 20;
export const NEWEST_MINOR = 36;

/** Changes without a date. */
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
  /** "Successfully pulled image … (… including waiting). Image size: … bytes." */
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
  /** "Preempted by pod UID on node …"; before, "Preempted by NS/NAME on node …". */
  readonly preemptedByUid: boolean;
  /** Taints, affinity of nodes and of Pods weigh more in the score. */
  readonly preferencesWeighMore: boolean;
  /** Pods that are spread by default are only scored on nodes with a host name and a zone. */
  readonly defaultSpreadNeedsKeys: boolean;
  /** Spread scores are rounded; before, cut off. */
  readonly spreadScoresRounded: boolean;
  /** nodeAffinityPolicy and nodeTaintsPolicy of spread constraints. */
  readonly spreadInclusionPolicies: boolean;
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
  readonly statefulSetVolumeRetention: boolean;
  readonly daemonSetSurge: boolean;
  /** maxSurge and maxUnavailable both 0 count as maxUnavailable 1. */
  readonly daemonSetNeverStuck: boolean;
  /** A Succeeded Pod of a DaemonSet is deleted, and so replaced; before, it stays. */
  readonly daemonSetReplacesSucceeded: boolean;
  /** A Job's back-off delays single Pods; before, its sync and verdict. */
  readonly jobBackOffPerPod: boolean;
  readonly jobPodFailurePolicy: boolean;
  readonly jobBackOffLimitPerIndex: boolean;
  readonly jobSuccessPolicy: boolean;
  readonly jobPodReplacementPolicy: boolean;
  /** A Job gets its final condition when its last Pod has gone; before, with the decision. */
  readonly jobWaitsForPods: boolean;
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
  readonly trafficDistribution: boolean;
  /** …with PreferSameZone and PreferSameNode. */
  readonly sameNodeHints: boolean;
}

/** `kubernetesVersion` as a scenario gives it ("1.29") → its facts; null: not a release that the model knows. */
export function versionsOf(kubernetesVersion: string): Versions | null {
  const minor = /^1\.\d\d$/.test(kubernetesVersion) ? Number(kubernetesVersion.slice(2)) : 0;
  return minor < OLDEST_MINOR || minor > NEWEST_MINOR ? null : versionsOfMinor(minor);
}

/** "1.29": the first release with a feature; texts say so. */
export function firstWith(feature: Exclude<keyof Versions, "text">): string {
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

    alwaysRandomProbeStart: !since(UNDATED), // Random probe start delay.
    probesStartOnAdmission: !since(UNDATED), // HandlePodAdditions before SyncPod.
    manualReadinessTrigger: since(25), // Immediate readiness re-probe.
    triggerShiftsGrid: since(32), // …restarts the ticker.
    startupHoldsOnSuccess: since(32), // Startup probe stops after success.
    everyResultSyncs: since(UNDATED), // Startup probe failure triggers a Pod sync at once.
    probesStopOnDeletion: since(22), // StopLivenessAndStartup came with the Pod worker's states.
    grpcProbes: since(24), // Beta 1.24.
    probeGracePeriod: since(25), // Alpha 1.21, on 1.25.
    probeErrorsNameResult: since(UNDATED),
    execTimeoutText: since(UNDATED),
    execErrsWithContainer: !since(UNDATED),
    redirectWarningNamesBody: since(UNDATED),

    sidecars: since(29), // Beta 1.29.
    containerRestartRules: since(35), // Beta 1.35.
    restartAllContainers: since(36), // Beta 1.36.
    createdIsWaiting: since(UNDATED),
    lostTasksAreUnknown: since(24), // Dockershim was removed in 1.24; containerd's restart.go.
    unknownMaySucceed: !since(UNDATED),
    initNeedsRecords: !since(29), // findNextInitContainerToRun served until sidecars came.
    sleepHooks: since(30), // Beta 1.30.
    zeroSleepHooks: since(33),
    hookErrorsInFull: !since(UNDATED),
    startEventsWithoutName: since(35),
    presentImageIsAccessible: since(35),
    pulledEventsWithSize: since(UNDATED),
    pullBackOffNamesError: since(32),
    mountWaitEndsWithPod: since(27), // WaitForAttachAndMount takes a context: kubernetes#113145.
    mountTimeoutIsTold: !since(27), // kubelet.go SyncPod: wait.Interrupted.
    mountTimeoutListsUnprocessed: since(26), // volume_manager.go WaitForAttachAndMount.
    hooksFallBackOnHttp: since(26), // kubernetes#86139, merged for 1.26 (gate ConsistentHTTPGetHandlers).

    podWorkerStates: since(22), // Pod worker state machine.
    deleteAlwaysDispatched: since(22), // Delete of a Pod none of whose containers runs.
    terminalPhaseFirst: since(27), // Terminal phase before API removal.
    statusBatches: since(27), // Status manager pushes all dirty Pods.
    terminalPhaseWaits: since(22),
    endedKeepsStatus: since(22),
    phaseAsksRestartRules: since(35),
    readyToStartCondition: since(29), // Beta 1.29.
    disruptionTargetCondition: since(26), // Beta 1.26.
    podFailedReason: since(UNDATED), // Conditions reason PodFailed.
    onDemandRelist: since(36), // PLEG on-demand relist.
    readinessSurvivesRestart: since(35), // Kubelet restart makes ready Pods NotReady.
    onlyNodeCriticalProtected: since(UNDATED),
    oomKillsGroup: since(28), // memory.oom.group.
    forcedPodsGetGrace: since(22),
    hardEvictionGetsGrace: since(UNDATED),
    rejectionSaysSo: since(UNDATED),
    predicateTellsWhy: since(UNDATED),
    evictionTellsThreshold: since(UNDATED),
    softEvictionKnowsPodGrace: since(UNDATED),
    nodeShutdown: since(21), // Beta 1.21.

    wakesAtBackOffEnd: since(35), // Crash back-off re-sync.
    backOffKeyIsImage: since(34), // Crash back-off key.
    backOffResetIsFixed: since(32),
    backOffEventsWithName: since(UNDATED),

    deadlineNotInPast: since(UNDATED), // Second DELETE whose deadline would lie in the past.
    podGeneration: since(33),
    generatedNamesRetried: since(31),
    restartsTellWhen: since(22), // printers.go printPod.
    endedPodsStayEnded: since(30), // Likewise.
    failuresOutrankCompleted: since(UNDATED), // Likewise: its errorReason.
    jobTablesTellStatus: since(31), // printers.go printJob.
    cronJobTablesTellZone: since(30), // printers.go printCronJob.
    inPlaceResize: since(33),
    servesBatchBeta: !since(25), // Removed APIs: deprecation guide, 1.25.
    servesAutoscalingBeta: !since(26), // Likewise, 1.26.
    servesPolicyBeta: !since(25), // Likewise, 1.25.
    jobModes: since(22), // IndexedJob and SuspendJob, beta 1.22.
    jobPolicyIsRequired: since(UNDATED), // validation.go validateJobTemplate.

    queueingHints: since(32),
    popsBackOffWhenIdle: since(33),
    balanceIsDifference: since(36),
    balanceIsDeviation: since(UNDATED),
    untoleratedTaintText: since(UNDATED),
    untoleratedTaintNamed: since(UNDATED) && !since(36),
    affinityTextWithSelector: since(UNDATED),
    preemptionText: since(UNDATED),
    schedulingGates: since(26),
    preemptedByUid: since(UNDATED),
    preferencesWeighMore: since(23), // Defaults of v1beta3.
    defaultSpreadNeedsKeys: !since(22),
    spreadScoresRounded: since(UNDATED),
    spreadInclusionPolicies: since(26), // Beta 1.26.
    tooSmallIsHopeless: since(34),
    affinityTextTwice: !since(UNDATED),
    nominatedNodeFirst: since(22), // PreferNominatedNode, beta 1.22.
    wakesByFilter: since(22), // EventsToRegister.
    ownUpdatesRetry: !since(UNDATED),

    minReadyResyncExact: since(UNDATED),
    podDeletionCost: since(22),
    logScaleAges: since(22),
    scalingEventsWithOld: since(UNDATED),
    statefulSetStopsAfterDelete: since(UNDATED),
    statefulSetMinReady: since(UNDATED),
    statefulSetVolumeRetention: since(27), // Alpha 1.23, beta 1.27.
    daemonSetSurge: since(22), // Alpha 1.21, beta 1.22.
    daemonSetNeverStuck: since(22),
    daemonSetReplacesSucceeded: since(UNDATED),
    jobBackOffPerPod: since(26),
    jobPodFailurePolicy: since(26), // Beta 1.26, GA 1.31.
    jobBackOffLimitPerIndex: since(29), // Beta 1.29, GA 1.33.
    jobSuccessPolicy: since(31), // Beta 1.31, GA 1.33.
    jobPodReplacementPolicy: since(29), // Beta 1.29, GA 1.34.
    jobWaitsForPods: since(31),
    jobExpires: since(21), // Beta 1.21.
    autoscalerBothWindows: since(UNDATED),
    autoscalerContainerMetrics: since(27), // Alpha 1.20, beta 1.27, GA 1.30.
    autoscalerTolerance: since(35), // Alpha 1.33, beta 1.35.
    autoscalersNameMetrics: since(30), // By release history.
    autoscalerNamesPods: since(26), // By release history.
    budgetUnhealthyPolicy: since(27), // Beta 1.27.
    evictsUnreadyFreely: since(22), // By release history.
    budgetSkipsUnmanaged: since(22), // By release history.
    terminatingReplicas: since(35), // Beta 1.35.

    unknownQueuedAtOnce: since(UNDATED),
    separateTaintEviction: since(29),
    podGcFailsPods: since(26), // With PodDisruptionConditions.
    outOfServiceTaint: since(26), // Alpha 1.24, beta 1.26.

    endpointsTellTerminating: since(22), // Beta 1.22.
    endedPodsLeaveEndpoints: since(UNDATED),
    endpointsAreCapped: since(22),
    proxyFallsBackOnTerminating: since(26), // Beta 1.26.
    proxyWritesChanges: since(27),
    proxyBurstOfTwo: !since(UNDATED),
    proxyNftables: since(31), // Beta 1.31.
    hintsWithoutAnnotation: since(UNDATED),
    topologyHints: since(24), // Beta 1.23, on 1.24.
    trafficDistribution: since(31), // Beta 1.31.
    sameNodeHints: since(35), // Beta 1.35.
  });
}

const byMinor: readonly Versions[] = Array.from({ length: NEWEST_MINOR - OLDEST_MINOR + 1 }, (_, index) => describe(OLDEST_MINOR + index));

export const newestVersions: Versions = versionsOfMinor(NEWEST_MINOR);

/** Constants of older releases: [first minor with the present default, setting, value before]. */
const olderDefaults: readonly (readonly [number, SettingName, number])[] = [
  [27, "kubeletQps", 5],
  [27, "kubeletBurst", 10],
  [27, "kubeletEventQps", 5],
  [27, "kubeletEventBurst", 10],
  [UNDATED, "unschedulableMaxStay", 60 * SECOND],
  [36, "plegOnDemandRelist", 0],
  [28, "jobBackoffMax", 360 * SECOND],
  [26, "jobSyncBatch", 0],
  [32, "nodeMonitorGrace", 40 * SECOND],
  [UNDATED, "leaseRenewJitter", 0],
  [25, "readinessFirstTrigger", 0],
  [UNDATED, "noExecuteQueueDelay", 5 * SECOND],
  [UNDATED, "evictionHardGrace", 0],
];

/** Every timing constant as a release has it. */
export function settingsOfVersion(minor: number): Settings {
  const older = olderDefaults.filter(([since]) => minor < since).map(([, name, value]) => [name, value] as const);
  return { ...defaultSettings, ...Object.fromEntries(older) };
}
