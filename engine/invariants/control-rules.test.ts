import { describe, expect, test } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { PodPhase } from "../kubernetes/objects/pod.ts";
import { AllDownSparesNodes } from "./all-down-spares-nodes.ts";
import { BoundToOpenNode } from "./bound-to-open-node.ts";
import { boundOnce } from "./bound-once.ts";
import { BudgetRespected } from "./budget-respected.ts";
import { daemonsOnTheirNodes } from "./daemons-on-their-nodes.ts";
import { deletionsOnlyAdvance } from "./deletions-only-advance.ts";
import { EndpointsFollowPods } from "./endpoints-follow-pods.ts";
import { EvictionRateRespected } from "./eviction-rate-respected.ts";
import { finalizersRespected } from "./finalizers-respected.ts";
import { HostPortsFree } from "./host-ports-free.ts";
import { controlRules, invariantNames } from "./index.ts";
import { JobCompletionsRespected } from "./job-completions-respected.ts";
import { jobCountsGrow } from "./job-counts-grow.ts";
import { JobEndsOnce } from "./job-ends-once.ts";
import { JobPodsCountedOnce } from "./job-pods-counted-once.ts";
import { JobParallelismRespected } from "./job-parallelism-respected.ts";
import { MaxSurgeRespected } from "./max-surge-respected.ts";
import { MinAvailableRespected } from "./min-available-respected.ts";
import { observedGenerationHonest } from "./observed-generation-honest.ts";
import { OneDaemonPerNode } from "./one-daemon-per-node.ts";
import { OnePodPerIndex } from "./one-pod-per-index.ts";
import { OnePodPerName } from "./one-pod-per-name.ts";
import { OneReplicaSetPerTemplate } from "./one-replica-set-per-template.ts";
import { OnlyReadyEndpoints } from "./only-ready-endpoints.ts";
import { onlyReadyPublished } from "./only-ready-published.ts";
import { OrderedReadiness } from "./ordered-readiness.ts";
import { OwnersExist } from "./owners-exist.ts";
import { phasesEndOnce } from "./phases-end-once.ts";
import { PreemptsLowerOnly } from "./preempts-lower-only.ts";
import { Highest, Recent } from "./recent.ts";
import { replicasMatchAtRest } from "./replicas-match-at-rest.ts";
import { RequestsFitNode } from "./requests-fit-node.ts";
import { slicesMatchAtRest } from "./slices-match-at-rest.ts";
import { statusesMatchAtRest } from "./statuses-match-at-rest.ts";
import { TaintAfterCondition } from "./taint-after-condition.ts";
import { VersionsStrictlyGrow } from "./versions-strictly-grow.ts";
import { writesChangeSomething } from "./writes-change-something.ts";

/** Long after everything that happened at 0. */
const later = 1000 * SECOND;
const names = ["millicores", "bytes", "Pods"];

interface Alarm {
  readonly rule: string;
  readonly holds: () => string | null;
  readonly rings: () => string | null;
  readonly says: string;
}

const alarms: readonly Alarm[] = [
  {
    rule: "versions-strictly-grow",
    holds: () => written(4, 5),
    rings: () => written(5, 5),
    says: "pod: resourceVersion 5 after 5",
  },
  {
    rule: "writes-change-something",
    holds: () => writesChangeSomething("slice", { resourceVersion: 1, pods: [1] }, { resourceVersion: 2, pods: [1, 2] }),
    rings: () => writesChangeSomething("slice", { resourceVersion: 1, cause: 3, pods: [1] }, { resourceVersion: 2, cause: 4, pods: [1] }),
    says: "slice: a write that changes nothing",
  },
  {
    rule: "finalizers-respected",
    holds: () => finalizersRespected("Deployment web", ["foregroundDeletion"]),
    rings: () => finalizersRespected("Pod 3", ["example.com/own"]),
    says: "Pod 3: removed with finalizers example.com/own",
  },
  {
    rule: "observed-generation-honest",
    holds: () => observedGenerationHonest("web", 2, 3, 3),
    rings: () => observedGenerationHonest("web", 2, 4, 3),
    says: "web: generation 4 observed, the object is at 3",
  },
  {
    rule: "phases-end-once",
    holds: () => phasesEndOnce("Pod 1", PodPhase.Running, PodPhase.Failed),
    rings: () => phasesEndOnce("Pod 1", PodPhase.Failed, PodPhase.Running),
    says: "Pod 1: Running after Failed",
  },
  {
    rule: "deletions-only-advance",
    holds: () => deletionsOnlyAdvance("Pod 1", deletion(30, 30), deletion(5, 5)),
    rings: () => deletionsOnlyAdvance("Pod 1", deletion(5, 5), deletion(30, 30)),
    says: "Pod 1: its grace grew from 5 s to 30 s",
  },
  {
    rule: "owners-exist",
    holds: () => createdAfterOwner(30 * SECOND),
    rings: () => createdAfterOwner(100 * SECOND),
    says: "Pod 1: created for an owner that was removed 1m40s ago",
  },
  {
    rule: "bound-once",
    holds: () => boundOnce("Pod 1", -1, 2, false),
    rings: () => boundOnce("Pod 1", 1, 2, false),
    says: "Pod 1: moved from node 1 to 2",
  },
  {
    rule: "bound-to-open-node",
    holds: () => boundToCordoned(10 * SECOND),
    rings: () => boundToCordoned(later),
    says: "Pod 1: bound to node 0, which is closed to it: cordoned",
  },
  {
    rule: "requests-fit-node",
    holds: () => twoOnNode([500, 1, 1], [500, 1, 1]),
    rings: () => twoOnNode([600, 1, 1], [500, 1, 1]),
    says: "Pod 2: bound to node 0, where 1100 of millicores are asked for now, 1000 can be had",
  },
  {
    rule: "host-ports-free",
    holds: () => portsOf(["80/TCP"], ["80/UDP"]),
    rings: () => portsOf(["80/TCP"], ["80/TCP"]),
    says: "Pod 2: bound to node 0, whose host port 80/TCP is taken",
  },
  {
    rule: "preempts-lower-only",
    holds: () => preempted(0),
    rings: () => preempted(100),
    says: "Pod 1: preempted, but no Pod of a priority above 100 waits",
  },
  {
    rule: "max-surge-respected",
    holds: () => surged(5),
    rings: () => surged(6),
    says: "ReplicaSets ask for 6 Pods together, 5 allowed",
  },
  {
    rule: "min-available-respected",
    holds: () => steppedDown(3),
    rings: () => steppedDown(2),
    says: "a step of the rollout leaves 2 available Pods, 3 must stay (0 were lost otherwise)",
  },
  {
    rule: "one-replica-set-per-template",
    holds: () => setsOfTemplates(1, 2),
    rings: () => setsOfTemplates(1, 1),
    says: "ReplicaSet 8 was created while ReplicaSet 7 has the same Pod template",
  },
  {
    rule: "one-pod-per-name",
    holds: () => named(true),
    rings: () => named(false),
    says: "default/db-0: created as Pod 2 while Pod 1 has that name",
  },
  {
    rule: "ordered-readiness",
    holds: () => ordered(true),
    rings: () => ordered(false),
    says: "db-1: created before db-0 was Ready",
  },
  {
    rule: "one-daemon-per-node",
    holds: () => daemons(true),
    rings: () => daemons(false),
    says: "agent: 2 Pods for node 4",
  },
  {
    rule: "daemons-on-their-nodes",
    holds: () => daemonsOnTheirNodes("Pod 1", 2, 2),
    rings: () => daemonsOnTheirNodes("Pod 1", 2, 0),
    says: "Pod 1: bound to node 0, it was made for node 2",
  },
  {
    rule: "job-parallelism-respected",
    holds: () => atWork(2),
    rings: () => atWork(3),
    says: "job: 3 active Pods after a creation, its parallelism is 2",
  },
  {
    rule: "job-completions-respected",
    holds: () => completing(2),
    rings: () => completing(3),
    says: "job: 1 succeeded and 3 active Pods after a creation, 3 completions asked for",
  },
  {
    rule: "one-pod-per-index",
    holds: () => indexed(1, 2),
    rings: () => indexed(1, 1),
    says: "job: 2 active Pods for index 1",
  },
  {
    rule: "job-counts-grow",
    holds: () => jobCountsGrow("job", { succeeded: 1, failed: 0 }, { succeeded: 1, failed: 1 }),
    rings: () => jobCountsGrow("job", { succeeded: 2, failed: 0 }, { succeeded: 1, failed: 0 }),
    says: "job: 1 succeeded after 2",
  },
  {
    rule: "job-pods-counted-once",
    holds: () => counted(1, 1),
    rings: () => counted(2, 1),
    says: "job: its status counts 2 succeeded and 1 failed Pods, but 2 have ended: 2 succeeded, 1 failed or went",
  },
  {
    rule: "job-ends-once",
    holds: () => ended(["Failed"]),
    rings: () => ended(["Complete"]),
    says: "job: Complete after it was Failed",
  },
  {
    rule: "budget-respected",
    holds: () => evicted(2),
    rings: () => evicted(3),
    says: "budget: an eviction leaves 2 healthy Pods, 3 are desired (0 were lost otherwise)",
  },
  {
    rule: "taint-after-condition",
    holds: () => tainted(false),
    rings: () => tainted(true),
    says: "n0: tainted not-ready:NoExecute, but its Ready condition is True",
  },
  {
    rule: "eviction-rate-respected",
    holds: () => taintedApart(10),
    rings: () => taintedApart(4),
    says: "n1: tainted 4s after another node of its zone, at least 10s apart are allowed",
  },
  {
    rule: "all-down-spares-nodes",
    holds: () => allDown(5 * SECOND),
    rings: () => allDown(20 * SECOND),
    says: "n0: tainted though no node has been ready for 20s",
  },
  {
    rule: "only-ready-endpoints",
    holds: () => listed(30 * SECOND),
    rings: () => listed(later),
    says: "shop: Pod 1 is written down as a ready endpoint, but hasn't been Ready of late",
  },
  {
    rule: "endpoints-follow-pods",
    holds: () => unlisted(30 * SECOND),
    rings: () => unlisted(90 * SECOND),
    says: "shop: Pod 1 was a ready endpoint for 1m30s after it was Ready last",
  },
  {
    rule: "only-ready-published",
    holds: () => published(false),
    rings: () => published(true),
    says: "shop: proxies are told of Pod 1, which no slice calls ready: others are ready",
  },
  {
    rule: "replicas-match-at-rest",
    holds: () => replicasMatchAtRest("web-1", 3, 2, true),
    rings: () => replicasMatchAtRest("web-1", 3, 2, false),
    says: "web-1: 2 active Pods at rest, 3 asked for",
  },
  {
    rule: "statuses-match-at-rest",
    holds: () => statusesMatchAtRest("web-1", { replicas: 3, readyReplicas: 2 }, { replicas: 3, readyReplicas: 2 }),
    rings: () => statusesMatchAtRest("web-1", { replicas: 3, readyReplicas: 3 }, { replicas: 3, readyReplicas: 2 }),
    says: "web-1: status says 3 ready Pods, 2 are",
  },
  {
    rule: "slices-match-at-rest",
    holds: () => slicesMatchAtRest("shop", [1, 2], [2, 1]),
    rings: () => slicesMatchAtRest("shop", [1], [1, 2]),
    says: "shop: Pod 2 is Ready, but no ready endpoint",
  },
];

describe("each rule of the control plane", () => {
  test.each(alarms)("$rule holds", ({ holds }) => {
    expect(holds()).toBeNull();
  });

  test.each(alarms)("$rule rings, and says what is wrong", ({ rings, says }) => {
    expect(rings()).toBe(says);
  });

  test("has an alarm here, and is checked in every run", () => {
    const known = alarms.map(({ rule }) => rule).sort();
    expect(known).toEqual(controlRules.map(({ name }) => name).sort());
    expect(invariantNames).toEqual(expect.arrayContaining(known));
  });
});

describe("what excuses", () => {
  test("a Pod that was lost otherwise: a step may leave one less for it", () => {
    const check = new MinAvailableRespected();
    check.deploymentChanged(0, 3, 0);
    check.podLost(0, SECOND);
    expect(check.scaledDown(0, 3, 2, 2 * SECOND)).toBeNull();
    expect(check.scaledDown(0, 3, 2, later)).not.toBeNull();
  });

  test("a Pod that isn't Ready any more: the budget hadn't heard of it", () => {
    const check = new BudgetRespected();
    for (const pod of [1, 2, 3]) check.podChanged(pod, "web", false, true, 0);
    check.podChanged(3, "web", true, false, SECOND);
    expect(check.evictionGranted("budget", { id: 1, kind: "web", isHealthy: true }, ["web"], 2, 0, 2 * SECOND)).toBeNull();
  });

  test("the end of a Pod whose eviction was granted isn't another loss", () => {
    const check = new BudgetRespected();
    for (const pod of [1, 2, 3]) check.podChanged(pod, "web", false, true, 0);
    check.evictionGranted("budget", { id: 1, kind: "web", isHealthy: true }, ["web"], 2, 0, SECOND);
    check.podChanged(1, "web", true, false, 2 * SECOND);
    expect(check.evictionGranted("budget", { id: 2, kind: "web", isHealthy: true }, ["web"], 2, 0, 3 * SECOND)).not.toBeNull();
  });

  test("the first node of another zone waits for nobody", () => {
    const check = new EvictionRateRespected(10 * SECOND);
    check.tainted("n0", "a", 0);
    expect(check.tainted("n1", "b", SECOND)).toBeNull();
  });

  test("a Pod that was Ready a moment ago: its successor may come", () => {
    const check = new OrderedReadiness();
    check.changed(0, 0, true, 0);
    check.changed(0, 0, false, 5 * SECOND);
    expect(check.created("db", 0, 1, 0, 6 * SECOND)).toBeNull();
    expect(check.created("db", 0, 1, 0, later)).not.toBeNull();
  });
});

describe("a Job's Pods", () => {
  test("count once, whatever they did last: one that succeeds while it is being deleted has ended once", () => {
    const check = new JobPodsCountedOnce();
    check.podLost(0);
    check.podSucceeded(0, true);
    expect(check.statusWritten("job", 0, { succeeded: 1, failed: 0 })).toBeNull();
    expect(check.statusWritten("job", 0, { succeeded: 0, failed: 1 })).toBeNull();
    expect(check.statusWritten("job", 0, { succeeded: 1, failed: 1 })).toContain("1 have ended: 1 succeeded, 1 failed or went");
  });

  test("that had been counted before the run are no news", () => {
    const check = new JobPodsCountedOnce();
    check.adopted(0, { succeeded: 3, failed: 1 });
    expect(check.statusWritten("job", 0, { succeeded: 3, failed: 1 })).toBeNull();
    expect(check.statusWritten("job", 0, { succeeded: 4, failed: 1 })).not.toBeNull();
    check.forget(0);
    expect(check.statusWritten("job", 0, { succeeded: 1, failed: 0 })).not.toBeNull();
  });
});

describe("an endpoint that isn't ready any more", () => {
  test("may be what proxies fall back on, if it serves, none is ready and they do fall back", () => {
    const says = { isReady: false, isLeaving: true, anyReady: false, fallsBack: true };
    expect(onlyReadyPublished("shop", 1, says)).toBeNull();
    expect(onlyReadyPublished("shop", 1, { ...says, isLeaving: false })).toContain("it doesn't serve while it terminates");
    expect(onlyReadyPublished("shop", 1, { ...says, fallsBack: false })).toContain("nothing falls back on it");
  });

  test("isn't late if its Pod came back in between", () => {
    const check = new EndpointsFollowPods();
    check.podLost(1, 0);
    check.podBack(1);
    expect(check.wasListed("shop", 1, later)).toBeNull();
  });
});

describe("what was so of late", () => {
  test("the highest value that held at any time of the last minute", () => {
    const values = new Highest();
    values.set(0, 5, 0);
    values.set(0, 2, 100 * SECOND);
    expect([values.within(0, 130 * SECOND), values.within(0, 161 * SECOND), values.within(1, 0)]).toEqual([5, 2, Infinity]);
  });

  test("what happened within the last minute is counted", () => {
    const times = new Recent<string>();
    times.note("a", 0);
    times.note("a", 50 * SECOND);
    expect([times.count("a", 55 * SECOND), times.count("a", 100 * SECOND), times.count("b", 0)]).toEqual([2, 1, 0]);
  });
});

// ── one story each ──

function written(first: number, second: number): string | null {
  const check = new VersionsStrictlyGrow();
  check.written("pod", first);
  return check.written("pod", second);
}

function deletion(
  deletionTimestamp: number,
  deletionGracePeriodSeconds: number,
): { deletionTimestamp: number; deletionGracePeriodSeconds: number } {
  return { deletionTimestamp, deletionGracePeriodSeconds };
}

function createdAfterOwner(after: number): string | null {
  const check = new OwnersExist();
  check.ownerRemoved(7, 0);
  return check.podCreated("Pod 1", 7, after);
}

function boundToCordoned(createdAt: number): string | null {
  const check = new BoundToOpenNode();
  check.nodeChanged(0, ["cordoned"], 0);
  return check.bound("Pod 1", 0, createdAt, () => false);
}

function twoOnNode(first: readonly number[], second: readonly number[]): string | null {
  const check = new RequestsFitNode();
  const allocatable = [1000, 100, 2];
  check.bound("Pod 0", 0, first, allocatable, names);
  check.gone(0, first);
  check.bound("Pod 1", 0, first, allocatable, names);
  return check.bound("Pod 2", 0, second, allocatable, names);
}

function portsOf(first: readonly string[], second: readonly string[]): string | null {
  const check = new HostPortsFree();
  check.bound("Pod 1", 0, first);
  return check.bound("Pod 2", 0, second);
}

function preempted(priority: number): string | null {
  const check = new PreemptsLowerOnly();
  check.podWaits(100);
  return check.preempted("Pod 1", priority, 0);
}

function surged(total: number): string | null {
  const check = new MaxSurgeRespected();
  check.deploymentChanged(0, 5, 0);
  return check.replicaSetChanged(0, 1, 3, total, 1);
}

function steppedDown(after: number): string | null {
  const check = new MinAvailableRespected();
  check.deploymentChanged(0, 3, 0);
  return check.scaledDown(0, 4, after, later);
}

function setsOfTemplates(first: number, second: number): string | null {
  const check = new OneReplicaSetPerTemplate();
  check.created(0, first, 7);
  return check.created(0, second, 8);
}

function named(isGone: boolean): string | null {
  const check = new OnePodPerName();
  check.created("default/db-0", 1);
  if (isGone) check.removed("default/db-0", 1);
  return check.created("default/db-0", 2);
}

function ordered(isReady: boolean): string | null {
  const check = new OrderedReadiness();
  check.created("db", 0, 0, 0, 0);
  check.changed(0, 0, isReady, SECOND);
  return check.created("db", 0, 1, 0, 2 * SECOND);
}

function daemons(maySurge: boolean): string | null {
  const check = new OneDaemonPerNode();
  check.counted(0, 4, 1);
  check.counted(0, 4, 1);
  return check.created("agent", 0, 4, maySurge);
}

function atWork(active: number): string | null {
  const check = new JobParallelismRespected();
  check.jobChanged(0, 2, 0);
  return check.podCreated("job", 0, active, later);
}

function completing(active: number): string | null {
  const check = new JobCompletionsRespected();
  check.podSucceeded(0);
  return check.podCreated("job", 0, active, 3);
}

function indexed(first: number, second: number): string | null {
  const check = new OnePodPerIndex();
  check.changed("job", 0, first, 1);
  return check.changed("job", 0, second, 1);
}

/** Of two Pods that succeeded, one while it was being deleted. */
function counted(succeeded: number, failed: number): string | null {
  const check = new JobPodsCountedOnce();
  check.podSucceeded(0, false);
  check.podLost(0);
  check.podSucceeded(0, true);
  return check.statusWritten("job", 0, { succeeded, failed });
}

function unlisted(after: number): string | null {
  const check = new EndpointsFollowPods();
  check.podLost(1, 0);
  return check.wasListed("shop", 1, after);
}

function published(anyReady: boolean): string | null {
  return onlyReadyPublished("shop", 1, { isReady: false, isLeaving: true, anyReady, fallsBack: true });
}

function ended(endings: readonly ("Complete" | "Failed")[]): string | null {
  const check = new JobEndsOnce();
  check.statusWritten("job", 0, ["Failed"]);
  return check.statusWritten("job", 0, endings);
}

function evicted(desired: number): string | null {
  const check = new BudgetRespected();
  for (const pod of [1, 2, 3]) check.podChanged(pod, "web", false, true, 0);
  return check.evictionGranted("budget", { id: 1, kind: "web", isHealthy: true }, ["web"], desired, 0, later);
}

function tainted(isReady: boolean): string | null {
  const check = new TaintAfterCondition();
  check.readyChanged(0, isReady, 0);
  return check.tainted("n0", 0, "not-ready", SECOND);
}

function taintedApart(seconds: number): string | null {
  const check = new EvictionRateRespected(10 * SECOND);
  check.tainted("n0", "a", 0);
  return check.tainted("n1", "a", seconds * SECOND);
}

function allDown(since: number): string | null {
  const check = new AllDownSparesNodes(11 * SECOND, { since: (now) => now });
  check.readyChanged(0, true, 0);
  check.readyChanged(0, false, 0);
  return check.tainted("n0", since);
}

function listed(after: number): string | null {
  const check = new OnlyReadyEndpoints();
  check.podLost(1, 0);
  return check.listed("shop", 1, false, after);
}
