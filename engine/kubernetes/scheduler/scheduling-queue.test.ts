import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { defaultSettings } from "../../settings.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { pendingPodStatus } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { Rejection } from "./plugins/index.ts";
import { SchedulingQueue, type QueuedPod } from "./scheduling-queue.ts";

const pod = (id: number): PodRecord => ({
  id,
  resourceVersion: 1,
  owner: -1,
  workload: 0,
  ordinal: id,
  template: 0,
  node: -1,
  createdAt: 0,
  deletionTimestamp: -1,
  deletionGracePeriodSeconds: -1,
  status: pendingPodStatus,
  cause: 0,
});

function failed(queue: SchedulingQueue, now: number, rejectedBy: number = Rejection.resources): number | undefined {
  const entry = queue.pop(now);
  if (entry !== undefined) queue.park(entry, rejectedBy, now);
  return entry?.pod.id;
}

const rejectedFor =
  (bits: number) =>
  (entry: QueuedPod): boolean =>
    (entry.rejectedBy & bits) !== 0;

test("a Pod for which room is being made is woken by nothing until that is done", () => {
  const queue = new SchedulingQueue(defaultSettings);
  queue.add(pod(1), 0, 0, 0);
  failed(queue, 0);
  const entry = queue.get(1)!;
  entry.isHeld = true;
  queue.wake(() => true, 20 * SECOND);
  queue.flush(3600 * SECOND);
  expect(entry.place).toBe("unschedulable");
  entry.isHeld = false;
  queue.wake(() => true, 3600 * SECOND);
  expect(entry.place).toBe("active");
});

test("Pods come in the order of priority, then of waiting", () => {
  const queue = new SchedulingQueue(defaultSettings);
  queue.add(pod(1), 0, 0, 10);
  queue.add(pod(2), 5, 0, 20);
  queue.add(pod(3), 0, 0, 5);
  expect([30, 30, 30].map((now) => queue.pop(now)?.pod.id)).toEqual([2, 3, 1]);
  expect(queue.pop(30)).toBeUndefined();
});

describe("a Pod that fits nowhere", () => {
  test("waits until something changes that it was rejected for", () => {
    const queue = new SchedulingQueue(defaultSettings);
    queue.add(pod(1), 0, 0, 0);
    failed(queue, 0, Rejection.taints);
    queue.wake(rejectedFor(Rejection.resources), 5 * SECOND);
    expect(queue.hasNext).toBe(false);
    queue.wake(rejectedFor(Rejection.taints), 5 * SECOND);
    expect(queue.pop(5 * SECOND)?.pod.id).toBe(1);
  });

  test("is taken out of its back-off early while nobody else waits, but comes after those who do", () => {
    const queue = new SchedulingQueue(defaultSettings);
    queue.add(pod(1), 9, 0, 0);
    failed(queue, 0);
    queue.wake(rejectedFor(Rejection.resources), 100);
    queue.add(pod(2), 0, 0, 200);
    expect([300, 300].map((now) => queue.pop(now)?.pod.id)).toEqual([2, 1]);
  });

  test("backs off 1, 2, 4, 8, 10 and 10 seconds", () => {
    const queue = new SchedulingQueue(defaultSettings);
    queue.add(pod(1), 0, 0, 0);
    const waits = [0, 0, 0, 0, 0, 0].map(() => {
      const entry = queue.pop(0);
      if (entry === undefined) return -1;
      queue.park(entry, Rejection.resources, 0);
      queue.wake(rejectedFor(Rejection.resources), 0);
      return entry.backsOffUntil / SECOND;
    });
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
  });

  test("is tried again after five minutes whatever happens", () => {
    const queue = new SchedulingQueue(defaultSettings);
    queue.add(pod(1), 0, 0, 0);
    failed(queue, 0);
    queue.flush(300 * SECOND);
    expect(queue.hasNext).toBe(false);
    queue.flush(330 * SECOND);
    expect(queue.pop(330 * SECOND)?.pod.id).toBe(1);
  });
});

test("a Pod that is gone is not taken any more", () => {
  const queue = new SchedulingQueue(defaultSettings);
  queue.add(pod(1), 0, 0, 0);
  queue.add(pod(2), 0, 0, 0);
  queue.delete(1);
  expect([queue.pop(1)?.pod.id, queue.pop(1)?.pod.id]).toEqual([2, undefined]);
});

describe("before 1.25", () => {
  const oldest = versionsOfMinor(20);

  test("a back-off isn't cut short: it ends at the next whole second", () => {
    const queue = new SchedulingQueue(defaultSettings, oldest);
    queue.add(pod(1), 0, 0, 500_000);
    failed(queue, 500_000);
    queue.wake(() => true, 600_000);
    expect(queue.pop(1_500_000)).toBeUndefined();
    expect(queue.nextBackOffEnd).toBe(2 * SECOND);
    expect(queue.pop(2 * SECOND)?.pod.id).toBe(1);
  });

  test("an update of the Pod, were it of its condition, has it tried at once; later only one that may help", () => {
    for (const [versions, isPromising, isNext] of [
      [oldest, false, true],
      [newestVersions, false, false],
      [newestVersions, true, true],
    ] as const) {
      const queue = new SchedulingQueue(defaultSettings, versions);
      queue.add(pod(1), 0, 0, 0);
      failed(queue, 0);
      queue.update({ ...pod(1), resourceVersion: 2 }, false, isPromising, 1000);
      expect(queue.pop(1000)?.pod.resourceVersion).toBe(isNext ? 2 : undefined);
    }
  });
});

test("a Pod whose last gate is gone is tried", () => {
  const queue = new SchedulingQueue(defaultSettings);
  queue.add(pod(1), 0, 0, 0, true);
  expect(queue.pop(10 * SECOND)).toBeUndefined();
  queue.update(pod(1), false, true, 10 * SECOND);
  expect(queue.pop(10 * SECOND)?.pod.id).toBe(1);
});

test("an attempt that failed by an error isn't repeated before its back-off ends", () => {
  const queue = new SchedulingQueue(defaultSettings);
  queue.add(pod(1), 0, 0, 0);
  queue.retry(queue.pop(0)!, 0);
  expect(queue.pop(500_000)).toBeUndefined();
  expect(queue.nextBackOffEnd).toBe(SECOND);
  expect(queue.pop(SECOND)?.pod.id).toBe(1);
});
