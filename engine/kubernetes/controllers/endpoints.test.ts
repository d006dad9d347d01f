import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { EndpointCondition } from "../api-server/client.ts";
import { Harness, deployment, service } from "../control-plane.exam.ts";
import { endpointLists } from "./endpoints.ts";
import type { Service } from "../objects/service.ts";

function published(publishNotReadyAddresses: boolean): Service {
  const base = service("web");
  return { ...base, spec: { ...base.spec, publishNotReadyAddresses } };
}

function listsOf(harness: Harness): { readonly ready: readonly number[]; readonly notReady: readonly number[] } | undefined {
  const record = harness.control.store.endpoints.get(0);
  return record === undefined ? undefined : { ready: record.ready, notReady: record.notReady };
}

const twoPods = deployment("web", { replicas: 2 });
const deletion = { type: "delete", at: 10 * SECOND, namespace: "default", gracePeriodSeconds: null, force: false } as const;

describe("a list that holds a thousand addresses", () => {
  const [ready, notReady] = [EndpointCondition.ready, 0];
  const endpoints = (count: number, conditions: number): { pod: number; conditions: number }[] =>
    Array.from({ length: count }, (_, pod) => ({ pod, conditions }));
  const sizesOf = (lists: ReturnType<typeof endpointLists>): readonly number[] => [lists.ready.length, lists.notReady.length];

  test.each([
    ["takes all while there is room", 400, 600, [400, 600]],
    ["leaves out what isn't ready first", 400, 700, [400, 600]],
    ["has room for those alone as well", 0, 1_200, [0, 1_000]],
    ["takes ready ones only once it is full", 1_200, 5, [1_000, 0]],
  ] as const)("%s", (_, readyCount, notReadyCount, expected) => {
    const listed = [...endpoints(notReadyCount, notReady), ...endpoints(readyCount, ready)];
    expect(sizesOf(endpointLists(listed, true))).toEqual(expected);
    expect(sizesOf(endpointLists(listed, false))).toEqual([readyCount, notReadyCount]);
  });
});

describe("Endpoints of a Service", () => {
  test.each(["settled", "empty"] as const)("list its Pods after a start that is %s", (start) => {
    expect(listsOf(new Harness({ objects: [twoPods, published(false)], start }).runUntil(60 * SECOND))).toEqual({
      ready: [0, 1],
      notReady: [],
    });
  });

  test.each([
    [false, false],
    [true, true],
  ])("that publish what isn't ready (%s) list a terminating Pod: %s", (isPublished, isListed) => {
    const harness = new Harness({
      objects: [twoPods, published(isPublished)],
      start: "settled",
      gone: 20 * SECOND,
      actions: [{ ...deletion, kind: "Deployment", name: "web" }],
    }).runUntil(15 * SECOND);
    expect(harness.pods().every((pod) => pod.deletionTimestamp >= 0)).toBe(true);
    expect(listsOf(harness)).toEqual({ ready: isListed ? [0, 1] : [], notReady: [] });
  });

  test("go with their Service", () => {
    const actions = [{ ...deletion, kind: "Service", name: "web" } as const];
    const harness = new Harness({ objects: [twoPods, published(false)], start: "settled", actions });
    expect(listsOf(harness.runUntil(9 * SECOND))).toEqual({ ready: [0, 1], notReady: [] });
    expect(listsOf(harness.runUntil(20 * SECOND))).toBeUndefined();
  });
});
