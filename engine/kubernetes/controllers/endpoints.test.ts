import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { Harness, deployment, service } from "../control-plane.exam.ts";
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
