import { describe, expect, test } from "vitest";
import { EventClass, classAndOrigin } from "../kernel/event.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import { Simulator } from "../kernel/simulator.ts";
import { SECOND } from "../kernel/time.ts";
import { BackOffRespected } from "./back-off-respected.ts";
import { everyRequestAccounted } from "./every-request-accounted.ts";
import { MaxSurgeRespected } from "./max-surge-respected.ts";

describe("keys strictly grow", () => {
  const received: string[] = [];
  const lp: LogicalProcess = {
    id: 0,
    onMessage: (now, origin, payload) => void received.push(`${now} ${origin} ${payload}`),
    onTimer: () => {},
  };

  test("rings when a message comes with a key that its receiver has passed, and names process, key and last key", () => {
    const simulator = new Simulator({ lpCount: 2, shard: 0, shardOf: new Uint8Array(2), outbox: null });
    simulator.add(lp);
    simulator.postFrom(1, 0, 10, 7);
    simulator.runUntil(11);
    simulator.receiveRemote(10, classAndOrigin(EventClass.message, 1), 0, 0, 8);
    expect(() => simulator.runUntil(20)).toThrow(/LP 0 was to receive \(10, .*\) after \(10, /);
    expect(received).toEqual(["10 1 7"]);
  });
});

describe("back-off respected", () => {
  const rule = { initial: 10 * SECOND, max: 300 * SECOND, reset: 600 * SECOND, collectAfter: 600 * SECOND };

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
    expect(check.containerStarted(7, 0, 11 * SECOND, 2 * SECOND)).toBe(
      "Pod 7, container 0: started 9s after its last exit, back-off is 10s",
    );
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
    expect(check.replicaSetChanged(0, 1, 2, 5, 1)).toBeNull();
    expect(check.replicaSetChanged(0, 1, 3, 6, 2)).toBe("ReplicaSets ask for 6 Pods together, 5 allowed");
  });

  test("rings for a ReplicaSet that creates more than it was asked for", () => {
    const check = new MaxSurgeRespected();
    check.deploymentChanged(0, 5, 0);
    check.replicaSetChanged(0, 1, 2, 2, 1);
    expect(check.podCreated(1, 2, 2)).toBeNull();
    expect(check.podCreated(1, 3, 3)).toBe("3 active Pods of one ReplicaSet after a creation, 2 asked for");
  });

  test("a Deployment that shrank a moment ago may still be served by writes under way, later not", () => {
    const check = new MaxSurgeRespected();
    check.deploymentChanged(0, 10, 0);
    check.deploymentChanged(0, 2, 100 * SECOND);
    expect(check.replicaSetChanged(0, 1, 9, 9, 101 * SECOND)).toBeNull();
    expect(check.replicaSetChanged(0, 1, 9, 9, 161 * SECOND)).not.toBeNull();
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
