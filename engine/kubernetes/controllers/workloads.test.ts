/** Jobs, CronJobs, DaemonSets and StatefulSets on a whole control plane, with kubelets that only wait before they report. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import type { ObjectRecord } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { container, Harness, meta, node, podSpec, template, type HarnessOptions } from "../control-plane.exam.ts";
import type { CronJob } from "../objects/cron-job.ts";
import { daemonTolerations, type DaemonSet, type DaemonSetSpec } from "../objects/daemon-set.ts";
import type { JobSpec } from "../objects/job.ts";
import { versionsOfMinor } from "../versions.ts";
import { job, jobSpec, statefulSet } from "../workloads.exam.ts";

function daemonSet(image: string, change: Partial<DaemonSetSpec> = {}): DaemonSet {
  const tolerations = daemonTolerations(podSpec());
  return {
    kind: "DaemonSet",
    metadata: meta("agent"),
    spec: {
      selector: { matchLabels: { app: "agent" }, matchExpressions: [] },
      template: template("agent", { tolerations, containers: [container({ image })] }),
      updateStrategy: { type: "RollingUpdate", maxUnavailable: 1, maxSurge: 0 },
      minReadySeconds: 0,
      revisionHistoryLimit: 10,
      ...change,
    },
  };
}

function only<K extends ObjectRecord["kind"]>(harness: Harness, kind: K): ObjectRecord<K> {
  const [found] = [...harness.control.store.objects.values()].filter((record) => record.kind === kind);
  expect(found).toBeDefined();
  return found as ObjectRecord<K>;
}

function conditions(harness: Harness): readonly string[] {
  return only(harness, "Job").status.conditions.map(({ type, reason }) => `${type} ${reason}`);
}

/** Seconds at which the Pods were created, those that are gone included. */
function creations(harness: Harness): number[] {
  const { pods, removedPods } = harness.control.store;
  return [...pods.filter((pod) => pod !== undefined), ...removedPods].map(({ createdAt }) => createdAt).sort((a, b) => a - b);
}

const start = (options: Omit<HarnessOptions, "start">): Harness => new Harness({ start: "empty", ...options });
const always =
  (code: number, after = SECOND) =>
  (): { after: number; code: number } => ({ after, code });

describe("a Job of today", () => {
  test("counts each Pod once, takes its finalizer off, and ends when all have succeeded", () => {
    const harness = start({ objects: [job({ completions: 5, parallelism: 2 })], ends: always(0) }).runUntil(MINUTE);
    expect(only(harness, "Job").status).toMatchObject({ active: 0, ready: 0, terminating: 0, succeeded: 5, failed: 0 });
    expect(conditions(harness)).toEqual(["SuccessCriteriaMet CompletionsReached", "Complete CompletionsReached"]);
    expect(harness.pods().every(({ traits }) => traits?.finalizers.length === 0)).toBe(true);
    expect(creations(harness)).toHaveLength(5);
  });

  test("makes up for failed Pods 10, 20, 40 s after each has ended, and fails with the one beyond its limit", () => {
    const harness = start({ objects: [job({ backoffLimit: 3 })], ends: always(1) }).runUntil(3 * MINUTE);
    // Each runs from 1 to 2 s after its creation.
    expect(creations(harness)).toEqual([0, 12, 34, 76]);
    expect(only(harness, "Job").status).toMatchObject({ active: 0, failed: 4 });
    expect(conditions(harness)).toEqual(["FailureTarget BackoffLimitExceeded", "Failed BackoffLimitExceeded"]);
  });

  test("past its deadline it deletes its Pods, and fails when they have gone", () => {
    const options = { objects: [job({ parallelism: 3, completions: 3, activeDeadlineSeconds: 20 })], gone: 5 * SECOND };
    const waiting = start(options).runUntil(23 * SECOND);
    expect(conditions(waiting)).toEqual(["FailureTarget DeadlineExceeded"]);
    const failed = start(options).runUntil(40 * SECOND);
    expect(conditions(failed)).toEqual(["FailureTarget DeadlineExceeded", "Failed DeadlineExceeded"]);
    expect(failed.pods()).toEqual([]);
  });

  test("Indexed: an index that fails beyond its own limit is given up, the others complete", () => {
    const spec = { completionMode: "Indexed", completions: 4, parallelism: 4, backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1 } as const;
    const harness = start({ objects: [job(spec)], ends: ({ traits }) => ({ after: SECOND, code: traits?.index === 2 ? 1 : 0 }) }).runUntil(
      2 * MINUTE,
    );
    expect(only(harness, "Job").status).toMatchObject({ succeeded: 3, failed: 2, completedIndexes: "0,1,3", failedIndexes: "2" });
    expect(conditions(harness).at(-1)).toBe("Failed FailedIndexes");
    expect(harness.control.store.podName(harness.pods()[0]!)).toMatch(/^work-\d-[a-z0-9]{5}$/);
  });

  test("a success policy ends it early, and its other Pods with it", () => {
    const spec = {
      completionMode: "Indexed",
      completions: 4,
      parallelism: 4,
      successPolicy: [{ succeededIndexes: "0", succeededCount: null }],
    } as const;
    const harness = start({
      objects: [job(spec)],
      ends: ({ traits }) => (traits?.index === 0 ? { after: SECOND, code: 0 } : null),
    }).runUntil(MINUTE);
    expect(conditions(harness)).toEqual(["SuccessCriteriaMet SuccessPolicy", "Complete SuccessPolicy"]);
    expect(harness.pods()).toHaveLength(1);
  });

  test("a rule of podFailurePolicy fails it at once, another ignores failures", () => {
    const rule = (action: "FailJob" | "Ignore"): Partial<JobSpec> => ({
      backoffLimit: 0,
      podFailurePolicy: [{ action, onExitCodes: { containerName: null, operator: "In", values: [42] }, onPodConditions: null }],
    });
    const failed = start({ objects: [job({ ...rule("FailJob"), backoffLimit: 6 })], ends: always(42) }).runUntil(MINUTE);
    expect(conditions(failed)).toEqual(["FailureTarget PodFailurePolicy", "Failed PodFailurePolicy"]);
    expect(creations(failed)).toEqual([0]);
    const ignored = start({
      objects: [job(rule("Ignore"))],
      ends: ({ ordinal }) => ({ after: SECOND, code: ordinal === 0 ? 42 : 0 }),
    }).runUntil(MINUTE);
    expect(conditions(ignored).at(-1)).toBe("Complete CompletionsReached");
    expect(only(ignored, "Job").status).toMatchObject({ succeeded: 1, failed: 0 });
  });

  test("ttlSecondsAfterFinished takes it away with its Pods", () => {
    const harness = start({ objects: [job({ ttlSecondsAfterFinished: 30 })], ends: always(0) });
    harness.runUntil(25 * SECOND);
    expect(only(harness, "Job").status.succeeded).toBe(1);
    harness.runUntil(MINUTE);
    expect([...harness.control.store.objects.values()].filter(({ kind }) => kind === "Job")).toEqual([]);
    expect(harness.pods()).toEqual([]);
  });

  test("suspended it has no Pods; resumed it begins anew", () => {
    const harness = start({
      objects: [job({ suspend: true })],
      actions: [{ type: "apply", at: 20 * SECOND, objects: [job({ suspend: false })] }],
      ends: always(0),
    });
    harness.runUntil(19 * SECOND);
    expect(conditions(harness)).toEqual(["Suspended JobSuspended"]);
    expect(only(harness, "Job").status.startTime).toBe(-1);
    harness.runUntil(MINUTE);
    expect(conditions(harness)).toEqual(["Suspended JobResumed", "SuccessCriteriaMet CompletionsReached", "Complete CompletionsReached"]);
    expect(only(harness, "Job").status.startTime).toBe(20);
  });
});

test("a Job of 1.20 fails at once, without waiting for the Pods that it deletes", () => {
  const versions = versionsOfMinor(20);
  const settings = { jobBackoffMax: 360 * SECOND, jobSyncBatch: 0 };
  const harness = start({
    objects: [job({ parallelism: 2, completions: 2, activeDeadlineSeconds: 20 })],
    gone: 5 * SECOND,
    versions,
    settings,
  }).runUntil(23 * SECOND);
  expect(conditions(harness)).toEqual(["Failed DeadlineExceeded"]);
  expect(only(harness, "Job").status).toMatchObject({ active: 0, failed: 2 });
  expect(harness.pods().every(({ traits }) => traits?.finalizers.length === 0)).toBe(true);
});

describe("a CronJob", () => {
  const cronJob = (concurrencyPolicy: "Allow" | "Forbid" | "Replace"): CronJob => ({
    kind: "CronJob",
    metadata: meta("tick"),
    spec: {
      schedule: "*/2 * * * *",
      timeZone: null,
      startingDeadlineSeconds: null,
      concurrencyPolicy,
      suspend: false,
      successfulJobsHistoryLimit: 2,
      failedJobsHistoryLimit: 1,
      job: jobSpec(),
    },
  });
  const jobs = (harness: Harness): string[] =>
    [...harness.control.store.objects.values()].filter(({ kind }) => kind === "Job").map(({ name }) => name);

  test("makes a Job at each time, named after its minute, and keeps the last two that succeeded", () => {
    const harness = start({ objects: [cronJob("Allow")], ends: always(0) }).runUntil(9 * MINUTE);
    // 1 January 2000 is minute 15,778,080 of the Unix clock.
    expect(jobs(harness)).toEqual(["tick-15778086", "tick-15778088"]);
    expect(only(harness, "CronJob").status).toMatchObject({ active: [], lastScheduleTime: 480 });
    // Every shard knows the name, so the record has it.
    expect(harness.pods().map(({ traits }) => traits?.name)).toEqual([
      expect.stringMatching(/^tick-15778086-[a-z0-9]{5}$/),
      expect.stringMatching(/^tick-15778088-[a-z0-9]{5}$/),
    ]);
  });

  test.each([
    ["Allow", 4],
    ["Forbid", 1],
    ["Replace", 1],
  ] as const)("%s: with Jobs that don't end, %d are there after 9 minutes", (policy, count) => {
    const harness = start({ objects: [cronJob(policy)] }).runUntil(9 * MINUTE);
    expect(jobs(harness)).toHaveLength(count);
    expect(only(harness, "CronJob").status.active).toHaveLength(count);
    expect(jobs(harness).at(-1)).toBe(policy === "Forbid" ? "tick-15778082" : "tick-15778088");
  });
});

describe("a DaemonSet", () => {
  const nodes = [node("a"), node("b"), node("c", { taints: [{ key: "k", value: "", effect: "NoSchedule" }] })];

  test("has a Pod on each node that takes it", () => {
    const harness = start({ objects: [daemonSet("x:1")], nodes }).runUntil(20 * SECOND);
    expect(
      harness
        .pods()
        .map((pod) => pod.node)
        .sort((a, b) => a - b),
    ).toEqual([0, 1]);
    expect(only(harness, "DaemonSet").status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2, numberUnavailable: 0 });
  });

  test("a rolling update replaces one after the other: the new Pod comes when the old object is gone", () => {
    const harness = start({
      objects: [daemonSet("x:1")],
      nodes,
      gone: 3 * SECOND,
      readyAfter: 2 * SECOND,
      actions: [{ type: "apply", at: 20 * SECOND, objects: [daemonSet("x:2")] }],
    }).runUntil(MINUTE);
    expect(creations(harness)).toEqual([0, 0, 23, 28]);
    expect(only(harness, "DaemonSet").status).toMatchObject({ updatedNumberScheduled: 2, numberAvailable: 2, observedGeneration: 2 });
  });

  test("a rollout takes the old Pod from a node that takes no new one any more", () => {
    const harness = start({
      objects: [daemonSet("x:1")],
      nodes,
      actions: [
        { type: "taint", at: 15 * SECOND, node: "a", add: [{ key: "k", value: "", effect: "NoSchedule" }], remove: [] },
        { type: "apply", at: 20 * SECOND, objects: [daemonSet("x:2")] },
      ],
    });
    harness.runUntil(19 * SECOND);
    expect(harness.pods()).toHaveLength(2);
    harness.runUntil(MINUTE);
    expect(harness.pods().map((pod) => pod.node)).toEqual([1]);
    expect(creations(harness)).toHaveLength(3);
    expect(only(harness, "DaemonSet").status).toMatchObject({
      desiredNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberMisscheduled: 0,
    });
  });

  test("with surge the old Pod goes when the new one beside it is available", () => {
    const updateStrategy = { type: "RollingUpdate", maxSurge: 1, maxUnavailable: 0 } as const;
    const harness = start({
      objects: [daemonSet("x:1", { updateStrategy })],
      nodes,
      readyAfter: 2 * SECOND,
      actions: [{ type: "apply", at: 20 * SECOND, objects: [daemonSet("x:2", { updateStrategy })] }],
    });
    const least: number[] = [];
    for (let at = 15; at < 60; at++) {
      harness.runUntil(at * SECOND);
      least.push(only(harness, "DaemonSet").status.numberAvailable);
    }
    expect(Math.min(...least)).toBe(2);
    expect(creations(harness)).toEqual([0, 0, 20, 22]);
    expect(harness.pods()).toHaveLength(2);
  });

  // Delayed syncs of one set are one (client-go AddAfter keeps the earliest), and status looks at each node's oldest Pod alone.
  test("with surge and minReadySeconds a rollout stands still when the last Pod becomes available unseen", () => {
    const change = { updateStrategy: { type: "RollingUpdate", maxSurge: 2, maxUnavailable: 0 }, minReadySeconds: 10 } as const;
    const readyAfter = ({ node: at }: PodRecord): number => (at === 0 ? 2 : 5) * SECOND;
    const surging = (secondUpdate: number): Harness =>
      start({
        objects: [daemonSet("x:1", change)],
        nodes,
        readyAfter,
        actions: [
          { type: "apply", at: 30 * SECOND, objects: [daemonSet("x:2", change)] },
          { type: "taint", at: secondUpdate, node: "c", add: [], remove: [{ key: "k", value: "", effect: "NoSchedule" }] },
        ],
      });
    // Ready at 32 and 35 s. The sync at 43 s takes the first old Pod; at 45 s nobody looks.
    const harness = surging(5 * MINUTE).runUntil(4 * MINUTE);
    expect(creations(harness)).toEqual([0, 0, 30, 30]);
    expect(
      harness
        .pods()
        .map((pod) => pod.node)
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 1]);
    expect(only(harness, "DaemonSet").status).toMatchObject({ updatedNumberScheduled: 1, numberAvailable: 2 });
    // Whatever else has the set looked at goes on with it.
    harness.runUntil(6 * MINUTE);
    expect(
      harness
        .pods()
        .map((pod) => pod.node)
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 2]);
  });

  test("a failed Pod is replaced at once, then with a back-off that doubles", () => {
    const harness = start({ objects: [daemonSet("x:1")], nodes: [node("a")], readyAfter: 0, ends: always(1, 1), gone: 1 }).runUntil(
      40 * SECOND,
    );
    const gaps = creations(harness).map((at, index, all) => at - (all[index - 1] ?? at));
    expect(gaps.slice(0, 6)).toEqual([0, 0, 1, 2, 4, 8]);
  });
});

describe("a StatefulSet", () => {
  test("makes its Pods one after the other, each when the one before is ready", () => {
    const harness = start({ objects: [statefulSet("x:1")], readyAfter: 3 * SECOND }).runUntil(MINUTE);
    expect(creations(harness)).toEqual([0, 3, 6]);
    expect(harness.pods().map((pod) => harness.control.store.podName(pod))).toEqual(["db-0", "db-1", "db-2"]);
    expect(only(harness, "StatefulSet").status).toMatchObject({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 });
  });

  test("Parallel makes them at once", () => {
    const harness = start({ objects: [statefulSet("x:1", { podManagementPolicy: "Parallel" })] }).runUntil(10 * SECOND);
    expect(creations(harness)).toEqual([0, 0, 0]);
  });

  test("an update goes from the highest ordinal down to the partition", () => {
    const updateStrategy = { type: "RollingUpdate", partition: 1, maxUnavailable: null } as const;
    const harness = start({
      objects: [statefulSet("x:1", { updateStrategy })],
      gone: 2 * SECOND,
      actions: [{ type: "apply", at: 20 * SECOND, objects: [statefulSet("x:2", { updateStrategy })] }],
    }).runUntil(2 * MINUTE);
    expect(creations(harness).slice(3)).toEqual([22, 25]);
    const { status } = only(harness, "StatefulSet");
    expect(status).toMatchObject({ readyReplicas: 3, currentReplicas: 1, updatedReplicas: 2 });
    expect(status.currentRevision).not.toBe(status.updateRevision);
  });

  test("ordinals that begin elsewhere: the partition counts places", () => {
    const spec = { replicas: 4, firstOrdinal: 5, updateStrategy: { type: "RollingUpdate", partition: 2, maxUnavailable: null } } as const;
    const harness = start({
      objects: [statefulSet("x:1", spec)],
      actions: [
        { type: "apply", at: 20 * SECOND, objects: [statefulSet("x:2", spec)] },
        { type: "delete", at: 60 * SECOND, namespace: "default", kind: "Pod", name: "db-6", gracePeriodSeconds: null, force: false },
      ],
    }).runUntil(2 * MINUTE);
    const images = harness.pods().map((pod): [number, string] => {
      const [main] = harness.definitions.template(pod.template).spec.containers;
      return [pod.traits!.index, main!.image];
    });
    expect(images.sort((a, b) => a[0] - b[0])).toEqual([
      [5, "x:1"],
      [6, "x:1"],
      [7, "x:2"],
      [8, "x:2"],
    ]);
  });

  test("a revision that never gets ready stops the update, also when it is taken back", () => {
    const harness = start({
      objects: [statefulSet("x:1")],
      readyAfter: ({ ordinal }) => (ordinal === 3 ? Infinity : SECOND),
      actions: [
        { type: "apply", at: 20 * SECOND, objects: [statefulSet("x:2")] },
        { type: "apply", at: 60 * SECOND, objects: [statefulSet("x:1")] },
        { type: "delete", at: 100 * SECOND, namespace: "default", kind: "Pod", name: "db-2", gracePeriodSeconds: null, force: false },
      ],
    });
    harness.runUntil(90 * SECOND);
    expect(creations(harness)).toHaveLength(4);
    expect(only(harness, "StatefulSet").status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
    harness.runUntil(130 * SECOND);
    expect(only(harness, "StatefulSet").status).toMatchObject({ readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3 });
  });
});

test("ended Pods beyond the threshold are collected, the oldest first", () => {
  const settings = { podGcTerminatedThreshold: 3 };
  const harness = start({ objects: [job({ completions: 6, parallelism: 1 })], ends: always(0), settings }).runUntil(3 * MINUTE);
  expect(only(harness, "Job").status.succeeded).toBe(6);
  expect(harness.pods().map(({ ordinal }) => ordinal)).toEqual([3, 4, 5]);
});
