/** Every invariant, by name. */
import { allDownSparesNodesDefinition } from "./all-down-spares-nodes.ts";
import { backOffRespectedDefinition } from "./back-off-respected.ts";
import { boundOnceDefinition } from "./bound-once.ts";
import { boundToOpenNodeDefinition } from "./bound-to-open-node.ts";
import { budgetRespectedDefinition } from "./budget-respected.ts";
import { daemonsOnTheirNodesDefinition } from "./daemons-on-their-nodes.ts";
import { deletionsOnlyAdvanceDefinition } from "./deletions-only-advance.ts";
import { endpointsFollowPodsDefinition } from "./endpoints-follow-pods.ts";
import { endsBeforeGoneDefinition } from "./ends-before-gone.ts";
import { everyRequestAccountedDefinition } from "./every-request-accounted.ts";
import { evictionRateRespectedDefinition } from "./eviction-rate-respected.ts";
import { failedProbesKillDefinition } from "./failed-probes-kill.ts";
import { finalizersRespectedDefinition } from "./finalizers-respected.ts";
import { graceRespectedDefinition } from "./grace-respected.ts";
import { hostPortsFreeDefinition } from "./host-ports-free.ts";
import { initOrderRespectedDefinition } from "./init-order-respected.ts";
import type { InvariantDefinition } from "./invariant.ts";
import { jobCompletionsRespectedDefinition } from "./job-completions-respected.ts";
import { jobCountsGrowDefinition } from "./job-counts-grow.ts";
import { jobEndsOnceDefinition } from "./job-ends-once.ts";
import { jobPodsCountedOnceDefinition } from "./job-pods-counted-once.ts";
import { jobParallelismRespectedDefinition } from "./job-parallelism-respected.ts";
import { keysStrictlyGrowDefinition } from "./keys-strictly-grow.ts";
import { maxSurgeRespectedDefinition } from "./max-surge-respected.ts";
import { minAvailableRespectedDefinition } from "./min-available-respected.ts";
import { observedGenerationHonestDefinition } from "./observed-generation-honest.ts";
import { oneDaemonPerNodeDefinition } from "./one-daemon-per-node.ts";
import { oneEvictionPerPassDefinition } from "./one-eviction-per-pass.ts";
import { oneInstanceAtATimeDefinition } from "./one-instance-at-a-time.ts";
import { onePodPerIndexDefinition } from "./one-pod-per-index.ts";
import { onePodPerNameDefinition } from "./one-pod-per-name.ts";
import { oneReplicaSetPerTemplateDefinition } from "./one-replica-set-per-template.ts";
import { onlyReadyEndpointsDefinition } from "./only-ready-endpoints.ts";
import { onlyReadyPublishedDefinition } from "./only-ready-published.ts";
import { orderedReadinessDefinition } from "./ordered-readiness.ts";
import { ownersExistDefinition } from "./owners-exist.ts";
import { phasesEndOnceDefinition } from "./phases-end-once.ts";
import { preStopFirstDefinition } from "./pre-stop-first.ts";
import { preemptsLowerOnlyDefinition } from "./preempts-lower-only.ts";
import { probesInOrderDefinition } from "./probes-in-order.ts";
import { proxiesKeepUpDefinition } from "./proxies-keep-up.ts";
import { readyAfterProbeDefinition } from "./ready-after-probe.ts";
import { replicasMatchAtRestDefinition } from "./replicas-match-at-rest.ts";
import { requestsFitNodeDefinition } from "./requests-fit-node.ts";
import { restartsFollowPolicyDefinition } from "./restarts-follow-policy.ts";
import { sidecarsEndLastDefinition } from "./sidecars-end-last.ts";
import { slicesMatchAtRestDefinition } from "./slices-match-at-rest.ts";
import { statusesMatchAtRestDefinition } from "./statuses-match-at-rest.ts";
import { statusesOnlyAdvanceDefinition } from "./statuses-only-advance.ts";
import { taintAfterConditionDefinition } from "./taint-after-condition.ts";
import { versionsStrictlyGrowDefinition } from "./versions-strictly-grow.ts";
import { writesChangeSomethingDefinition } from "./writes-change-something.ts";

/** Those about a kubelet that are judged where a Pod changes, so that they cost nothing while nothing happens. */
const ofChanges: readonly InvariantDefinition[] = [
  statusesOnlyAdvanceDefinition,
  oneInstanceAtATimeDefinition,
  initOrderRespectedDefinition,
  restartsFollowPolicyDefinition,
  graceRespectedDefinition,
  preStopFirstDefinition,
  sidecarsEndLastDefinition,
  endsBeforeGoneDefinition,
  oneEvictionPerPassDefinition,
];

/** Those about probes that a kubelet doesn't skip (steady-probes.ts), and about the readiness that they lead to. */
const ofProbes: readonly InvariantDefinition[] = [probesInOrderDefinition, failedProbesKillDefinition, readyAfterProbeDefinition];

/** What the rules of ControlRules are called (engine/checks/control-rules.ts). */
export const controlRules: readonly InvariantDefinition[] = [
  versionsStrictlyGrowDefinition,
  writesChangeSomethingDefinition,
  finalizersRespectedDefinition,
  observedGenerationHonestDefinition,
  phasesEndOnceDefinition,
  deletionsOnlyAdvanceDefinition,
  ownersExistDefinition,
  boundOnceDefinition,
  boundToOpenNodeDefinition,
  requestsFitNodeDefinition,
  hostPortsFreeDefinition,
  preemptsLowerOnlyDefinition,
  maxSurgeRespectedDefinition,
  minAvailableRespectedDefinition,
  oneReplicaSetPerTemplateDefinition,
  onePodPerNameDefinition,
  orderedReadinessDefinition,
  oneDaemonPerNodeDefinition,
  daemonsOnTheirNodesDefinition,
  jobParallelismRespectedDefinition,
  jobCompletionsRespectedDefinition,
  onePodPerIndexDefinition,
  jobCountsGrowDefinition,
  jobPodsCountedOnceDefinition,
  jobEndsOnceDefinition,
  budgetRespectedDefinition,
  taintAfterConditionDefinition,
  evictionRateRespectedDefinition,
  allDownSparesNodesDefinition,
  onlyReadyEndpointsDefinition,
  endpointsFollowPodsDefinition,
  onlyReadyPublishedDefinition,
  replicasMatchAtRestDefinition,
  statusesMatchAtRestDefinition,
  slicesMatchAtRestDefinition,
];

/** What the rules of KubeletRules are called (engine/checks/kubelet-rules.ts), beside back-off-respected. */
export const kubeletRules: readonly InvariantDefinition[] = [...ofChanges, ...ofProbes];

export const invariants: readonly InvariantDefinition[] = [
  keysStrictlyGrowDefinition,
  everyRequestAccountedDefinition,
  backOffRespectedDefinition,
  proxiesKeepUpDefinition,
  ...kubeletRules,
  ...controlRules,
];

export const invariantNames: readonly string[] = invariants.map((invariant) => invariant.name);
