/** Shares, the worst moment and shortages, alone and with the real control plane. */
import { describe, expect, test } from "vitest";
import { CauseTable } from "../../kernel/causes.ts";
import { SECOND } from "../../kernel/time.ts";
import { Recorder } from "../../metrics/recorder.ts";
import { barePod, deployment, Harness, node, readyStatus, replicaSet } from "../control-plane.exam.ts";
import { Definitions } from "../objects/definitions.ts";
import { PodPhase, pendingPodStatus, type PodStatus } from "../objects/pod.ts";
import { Workloads } from "../objects/workloads.ts";
import { Availability } from "./availability.ts";
import type { PodRecord } from "./pod-record.ts";
import type { ReplicaSetRecord } from "./records.ts";
import { Store } from "./store.ts";

const WARMUP = 10;

/** A store with ReplicaSet 0 of workload 0 (`web`); workload 1 is the bare Pod `job`. Times in seconds. */
function bench(minReadySeconds = 0) {
  const workloads = new Workloads();
  workloads.add(replicaSet("web", 3));
  workloads.add(barePod("job"));
  const store = new Store({ seed: 1, definitions: new Definitions(), workloads, nodes: [], services: [] });
  const causes = new CauseTable();
  const recorder = new Recorder(100 * SECOND, WARMUP * SECOND, SECOND);
  const availability = new Availability(store, recorder, causes);
  const owner: ReplicaSetRecord = { minReadySeconds, namespace: "default", name: "web", workload: 0, id: 0, replicas: 0 } as never;
  store.putReplicaSet(owner);
  const put = (second: number, pod: number, status: PodStatus, change: Partial<PodRecord> = {}): void => {
    const before = store.pods[pod];
    const workload = change.owner === -1 ? 1 : 0;
    const after = { id: pod, owner: 0, workload, ordinal: pod, deletionTimestamp: -1, status, ...change } as PodRecord;
    store.putPod(after);
    availability.podChanged(before, after, second * SECOND);
  };
  return {
    store,
    causes,
    recorder,
    availability,
    put,
    ready: (second: number, pod: number) => put(second, pod, readyStatus(second)),
    unready: (second: number, pod: number) => put(second, pod, { ...pendingPodStatus, phase: PodPhase.Running }),
    desire: (second: number, replicas: number) => availability.desire(0, replicas, second * SECOND),
    remove: (second: number, pod: number) => {
      const before = store.pods[pod]!;
      store.removePod(before);
      availability.podChanged(before, null, second * SECOND);
    },
    minReady: (second: number, seconds: number) => {
      const before = store.replicaSets.get(0)!;
      store.putReplicaSet({ ...before, minReadySeconds: seconds });
      availability.minReadyChanged(0, before.minReadySeconds, second * SECOND);
    },
    result: (second: number) => availability.result(second * SECOND),
  };
}

describe("availability", () => {
  test("is weighed by time, from the end of the warm-up on", () => {
    const { desire, ready, unready, result } = bench();
    desire(0, 2);
    ready(5, 0);
    ready(20, 1);
    unready(30, 0);
    ready(31, 0);
    expect(result(50).total).toEqual({
      desiredTime: 2 * 40 * SECOND,
      availableTime: (2 * 40 - 10 - 1) * SECOND,
      least: 1,
      leastOf: 2,
      available: 2,
      desired: 2,
    });
  });

  test("counts no replica above the desired ones, also not for another workload", () => {
    const { desire, ready, put, result } = bench();
    desire(0, 1);
    for (const pod of [0, 1, 2]) ready(0, pod);
    put(0, 3, pendingPodStatus, { owner: -1 });
    const { total, workloads } = result(20);
    expect(total).toMatchObject({ desiredTime: 20 * SECOND, availableTime: 10 * SECOND, least: 1, leastOf: 2 });
    expect(workloads).toMatchObject([
      { workload: 0, availableTime: 10 * SECOND, available: 3, desired: 1 },
      { workload: 1, availableTime: 0, desiredTime: 10 * SECOND },
    ]);
  });

  test("follows a scale action at once, and what is deleted isn't missing", () => {
    const { desire, ready, remove, result } = bench();
    desire(0, 1);
    ready(0, 0);
    ready(0, 1);
    desire(20, 2);
    desire(30, 3);
    desire(40, 0);
    remove(41, 0);
    remove(42, 1);
    const { total, shortages } = result(60);
    expect(total).toMatchObject({ desiredTime: 60 * SECOND, availableTime: 50 * SECOND, least: 2, leastOf: 3, available: 0, desired: 0 });
    expect(shortages).toEqual([{ workload: 0, from: 30 * SECOND, until: 40 * SECOND, cause: 0 }]);
  });

  test("begins minReadySeconds after readiness, unless it is gone before", () => {
    const { desire, ready, unready, put, result } = bench(10);
    desire(0, 2);
    ready(1, 0);
    ready(12, 1);
    unready(20, 1);
    ready(21, 1);
    // Another write of the same readiness doesn't begin it anew.
    put(25, 1, { ...readyStatus(21), startTime: 3 });
    const { total, shortages } = result(40);
    expect(total.availableTime).toBe((29 + 9) * SECOND);
    expect(shortages).toEqual([{ workload: 0, from: 0, until: 31 * SECOND, cause: 0 }]);
  });

  test("a Pod that turns unready and ready within one second counts once", () => {
    const { desire, ready, unready, result } = bench(10);
    desire(0, 2);
    ready(15, 0);
    unready(15, 0);
    ready(15, 0);
    expect(result(40).workloads[0]).toMatchObject({ available: 1, availableTime: 15 * SECOND });
  });

  test("follows a change of minReadySeconds", () => {
    const { desire, ready, minReady, result } = bench(0);
    desire(0, 1);
    ready(10, 0);
    minReady(15, 20);
    minReady(20, 5);
    expect(result(40).total).toMatchObject({ availableTime: 25 * SECOND, available: 1 });
    const later = bench(30);
    later.desire(0, 1);
    later.ready(10, 0);
    later.minReady(20, 20);
    expect(later.result(40).total).toMatchObject({ availableTime: 10 * SECOND, available: 1 });
  });

  test("a Pod that stands for itself is desired until it ended well or somebody deletes it", () => {
    const ended = bench();
    ended.put(10, 3, readyStatus(10), { owner: -1 });
    ended.put(20, 3, { ...pendingPodStatus, phase: PodPhase.Succeeded }, { owner: -1 });
    expect(ended.result(40)).toMatchObject({ total: { desiredTime: 10 * SECOND, availableTime: 10 * SECOND }, shortages: [] });

    const evicted = bench();
    evicted.put(10, 3, readyStatus(10), { owner: -1 });
    evicted.remove(20, 3);
    expect(evicted.result(40)).toMatchObject({
      total: { desiredTime: 30 * SECOND, availableTime: 10 * SECOND },
      shortages: [{ until: -1 }],
    });

    const deleted = bench();
    deleted.put(10, 3, readyStatus(10), { owner: -1 });
    deleted.availability.podUnwanted(deleted.store.pods[3]!, 20 * SECOND);
    deleted.remove(21, 3);
    expect(deleted.result(40)).toMatchObject({ total: { desiredTime: 10 * SECOND, availableTime: 10 * SECOND }, shortages: [] });
  });

  test("leaves a series of both behind, which begins before the warm-up ends", () => {
    const { desire, ready, unready, recorder, result } = bench(2);
    desire(0, 1);
    ready(3, 0);
    unready(8, 0);
    result(40);
    const { timeSeries } = recorder.snapshot();
    expect(timeSeries["desired{workload=default/web}"]!.slice(0, 10)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(timeSeries["available{workload=default/web}"]!.slice(0, 10)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, -1, 0]);
  });

  test("a shortage has the cause of what opened it", () => {
    const { desire, ready, unready, causes, result } = bench();
    desire(0, 1);
    ready(0, 0);
    causes.current = 77;
    unready(20, 0);
    causes.current = 78;
    ready(25, 0);
    expect(result(40).shortages).toEqual([{ workload: 0, from: 20 * SECOND, until: 25 * SECOND, cause: 77 }]);
  });
});

describe("a control plane", () => {
  test("has everything available from the first instant of a settled start", () => {
    const objects = [deployment("web", { replicas: 4 }), replicaSet("cache", 2)];
    const { total, shortages } = new Harness({ objects, start: "settled" }).runUntil(60 * SECOND).control.availability(60 * SECOND);
    expect(total).toMatchObject({ desiredTime: 6 * 60 * SECOND, availableTime: 6 * 60 * SECOND, least: 6, leastOf: 6 });
    expect(shortages).toEqual([]);
  });

  test("knows what a Recreate takes away, and that a deleted Deployment lacks nothing", () => {
    const strategy = { type: "Recreate" as const };
    const harness = new Harness({
      objects: [deployment("web", { replicas: 4, strategy })],
      start: "settled",
      actions: [
        { type: "setImage", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", container: null, image: "app:v2" },
        { type: "delete", at: 40 * SECOND, namespace: "default", kind: "Deployment", name: "web", gracePeriodSeconds: null, force: false },
      ],
    }).runUntil(60 * SECOND);
    const { total, shortages } = harness.control.availability(60 * SECOND);
    expect(total).toMatchObject({ least: 0, leastOf: 4, desired: 0 });
    expect(shortages).toHaveLength(1);
    expect(shortages[0]!.from).toBeLessThan(11 * SECOND);
    expect(shortages[0]!.until).toBeLessThan(20 * SECOND);
  });

  test("counts a bare Pod that an operator deletes no longer, and one that was evicted still", () => {
    const harness = new Harness({
      objects: [barePod("job"), barePod("other")],
      nodes: [node("node-0")],
      start: "empty",
      actions: [
        { type: "delete", at: 20 * SECOND, namespace: "default", kind: "Pod", name: "job", gracePeriodSeconds: null, force: false },
      ],
    }).runUntil(30 * SECOND);
    expect(harness.control.availability(30 * SECOND).total).toMatchObject({ available: 1, desired: 1 });
    harness.kubelets[0]!.isAlive = false;
    harness.runUntil(900 * SECOND);
    expect(harness.control.availability(900 * SECOND).total).toMatchObject({ available: 0, desired: 1 });
  });
});
