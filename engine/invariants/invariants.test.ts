import { describe, expect, test } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { BackOffRespected } from "./back-off-respected.ts";
import { everyRequestAccounted } from "./every-request-accounted.ts";
import { KeysStrictlyGrow } from "./keys-strictly-grow.ts";
import { MaxSurgeRespected } from "./max-surge-respected.ts";

describe("keys strictly grow", () => {
  test("holds for growing keys, and for other logical processes in between", () => {
    const check = new KeysStrictlyGrow();
    expect(check.observe(1, 10, 5, 1)).toBeNull();
    expect(check.observe(2, 5, 5, 1)).toBeNull();
    expect(check.observe(1, 10, 5, 2)).toBeNull();
    expect(check.observe(1, 11, 0, 0)).toBeNull();
  });

  test.each([
    ["an earlier time", 9, 5, 1],
    ["an earlier class", 10, 4, 9],
    ["the same key again", 10, 5, 1],
  ])("rings for %s", (_name, time, classAndOrigin, number) => {
    const check = new KeysStrictlyGrow();
    check.observe(1, 10, 5, 1);
    expect(check.observe(1, time, classAndOrigin, number)).toMatch(/^LP 1: event/);
  });
});

describe("back-off respected", () => {
  const rule = { initial: 10 * SECOND, max: 300 * SECOND, reset: 600 * SECOND };

  test("holds for the golden crash loop 0, 1, 12, 33, 74, 155, 316, 617, 918", () => {
    const check = new BackOffRespected(rule);
    const starts = [0, 1, 12, 33, 74, 155, 316, 617, 918];
    starts.forEach((start, index) => {
      const lastExit = index === 0 ? null : (starts[index - 1]! + 1) * SECOND;
      expect(check.containerStarted(7, 0, start * SECOND, lastExit)).toBeNull();
    });
  });

  test("rings for a restart one second too early, and names Pod, container and delay", () => {
    const check = new BackOffRespected(rule);
    check.containerStarted(7, 0, 1 * SECOND, 1 * SECOND);
    expect(check.containerStarted(7, 0, 11 * SECOND, 2 * SECOND)).toBe("Pod 7, container 0: started 9s after its last exit, back-off is 10s");
  });

  test("forgets after ten quiet minutes", () => {
    const check = new BackOffRespected(rule);
    check.containerStarted(7, 0, 1 * SECOND, 1 * SECOND);
    expect(check.containerStarted(7, 0, 700 * SECOND, 700 * SECOND)).toBeNull();
  });
});

describe("max surge respected", () => {
  test("holds up to the bound and rings beyond it", () => {
    const check = new MaxSurgeRespected();
    check.deploymentChanged(0, 5, 0);
    expect(check.podCreated(0, 5, 1)).toBeNull();
    expect(check.podCreated(0, 6, 2)).toBe("6 active Pods after a creation, 5 allowed");
  });

  test("a Deployment that shrank a moment ago may still be served by writes under way, later not", () => {
    const check = new MaxSurgeRespected();
    check.deploymentChanged(0, 10, 0);
    check.deploymentChanged(0, 2, 100 * SECOND);
    expect(check.podCreated(0, 9, 101 * SECOND)).toBeNull();
    expect(check.podCreated(0, 9, 161 * SECOND)).not.toBeNull();
  });
});

describe("every request accounted", () => {
  const balanced = { name: "shop", sent: 100, answered: 90, lost: 8, inFlight: 2, lossesExplained: 8, lossesWithoutCause: 0 };

  test("holds when the sums agree", () => {
    expect(everyRequestAccounted(balanced)).toBeNull();
  });

  test.each([
    ["a vanished request", { answered: 89 }, "shop: 100 sent, but 89 answered + 8 lost + 2 in flight = 99"],
    ["a loss without a class", { lossesExplained: 7 }, "shop: 8 lost, but 7 in the classes of losses"],
    ["a loss without a cause", { lossesWithoutCause: 1 }, "shop: 1 losses without a cause"],
  ])("rings for %s", (_name, change, message) => {
    expect(everyRequestAccounted({ ...balanced, ...change })).toBe(message);
  });
});
