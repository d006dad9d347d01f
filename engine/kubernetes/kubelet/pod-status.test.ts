/** Container states beyond upstream's own cases, which are among the vectors, as those of phases and conditions (engine/conformance). */
import { describe, expect, it } from "vitest";
import type { ContainerStatus } from "../objects/pod.ts";
import { containerStatus, sameOrNew, type Instance } from "./pod-status.ts";

const ended: Instance = {
  generation: 3,
  isRunning: false,
  startedAt: 1_500_000,
  finishedAt: 2_500_000,
  exitCode: 137,
  oomKilled: true,
};

describe("a container's state", () => {
  it("a container in back-off waits with its exit as last state", () => {
    const fresh = containerStatus(
      { newest: ended, before: null },
      null,
      { type: "waiting", reason: "CrashLoopBackOff" },
      true,
      false,
      false,
      false,
    );
    expect(fresh).toEqual({
      state: { type: "waiting", reason: "CrashLoopBackOff" },
      lastState: { type: "terminated", reason: "OOMKilled", exitCode: 137, startedAt: 1, finishedAt: 2 },
      restartCount: 3,
      ready: false,
      started: false,
    } satisfies ContainerStatus);
  });

  it("an instance that the runtime lost ended with Unknown", () => {
    const lost: Instance = { ...ended, exitCode: 255, oomKilled: false, wasLost: true };
    expect(containerStatus({ newest: lost, before: null }, null, null, true, false, false, false).state).toMatchObject({
      reason: "Unknown",
      exitCode: 255,
    });
  });

  it("names the image of the instance that it shows, and of no later one", () => {
    const made = (newest: Instance, old: ContainerStatus): string | undefined =>
      containerStatus({ newest, before: null }, old, null, true, false, false, false).image;
    const old = { ...containerStatus({ newest: ended, before: null }, null, null, true, false, false, false), image: "web:1" };
    expect(made(ended, old)).toBe("web:1");
    expect(made({ ...ended, generation: 4 }, old)).toBeUndefined();
    expect(sameOrNew(old, { ...old })).toBe(old);
    expect(sameOrNew(old, { ...old, image: "web:2" }).image).toBe("web:2");
  });

  it("equal statuses are one object", () => {
    const running: Instance = { generation: 0, isRunning: true, startedAt: 5_000_000, finishedAt: -1, exitCode: 0, oomKilled: false };
    const make = (ready: boolean): ContainerStatus =>
      containerStatus({ newest: running, before: null }, null, null, true, false, true, ready);
    const first = make(false);
    expect(sameOrNew(first, make(false))).toBe(first);
    expect(sameOrNew(first, make(true))).not.toBe(first);
  });
});
