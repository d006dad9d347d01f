/** Counts of an owner's Pods kept in step with the cache are the same as counted anew. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { isActive, isDeleting, isReady, InformerCache } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { PodCondition, PodPhase, pendingPodStatus } from "../objects/pod.ts";
import { OwnedPods } from "./owned-pods.ts";

interface Step {
  readonly id: number;
  readonly owner: number;
  readonly state: "pending" | "ready" | "ended" | "deleting" | "gone";
}

const steps = fc.array(
  fc.record<Step>({
    id: fc.nat(7),
    owner: fc.nat(2),
    state: fc.constantFrom("pending", "ready", "ended", "deleting", "gone"),
  }),
  { maxLength: 60 },
);

function recordOf({ id, owner, state }: Step): PodRecord | null {
  if (state === "gone") return null;
  return {
    id,
    resourceVersion: 1,
    owner,
    workload: 0,
    ordinal: id,
    template: 0,
    node: 0,
    createdAt: 0,
    deletionTimestamp: state === "deleting" ? 1 : -1,
    deletionGracePeriodSeconds: -1,
    status: {
      ...pendingPodStatus,
      phase: state === "ended" ? PodPhase.Succeeded : PodPhase.Running,
      conditions: state === "pending" ? 0 : PodCondition.Ready,
    },
    traits: null,
    cause: 0,
  };
}

function countAnew(cache: InformerCache, owner: number): unknown {
  const pods = cache.podsOf(owner);
  const active = pods.filter(isActive);
  return {
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => isDeleting(pod) && !isActive(pod)).length,
  };
}

describe("counts of owned Pods", () => {
  test.prop([steps, fc.nat(60)])("follow every change, from whenever somebody asked on", (all, asked) => {
    const cache = new InformerCache([]);
    const owned = new OwnedPods(cache);
    cache.listen({ podChanged: (before, after) => owned.changed(before, after) });
    all.forEach((step, index) => {
      if (index >= asked) for (const owner of [0, 1, 2]) expect(owned.of(owner)).toEqual(countAnew(cache, owner));
      cache.take({ type: "pod", id: step.id, record: recordOf(step) });
    });
    for (const owner of [0, 1, 2]) expect(owned.of(owner)).toEqual(countAnew(cache, owner));
  });

  test("are a copy: what comes later doesn't show in it", () => {
    const cache = new InformerCache([]);
    const owned = new OwnedPods(cache);
    cache.listen({ podChanged: (before, after) => owned.changed(before, after) });
    const before = owned.of(0);
    cache.take({ type: "pod", id: 0, record: recordOf({ id: 0, owner: 0, state: "ready" }) });
    expect(before).toEqual({ active: 0, ready: 0, terminating: 0 });
    expect(owned.of(0)).toEqual({ active: 1, ready: 1, terminating: 0 });
  });
});
