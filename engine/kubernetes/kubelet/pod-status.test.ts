/** Container states beyond upstream's own cases, which are among the vectors, as those of phases and conditions (engine/conformance). */
import { describe, expect, it } from "vitest";
import type { ContainerStatus } from "../objects/pod.ts";
import { containerStatus, sameOrNew, type Instance } from "./pod-status.ts";

describe("a container's state", () => {
  it("a container in back-off waits with its exit as last state", () => {
    const ended: Instance = {
      generation: 3,
      isRunning: false,
      startedAt: 1_500_000,
      finishedAt: 2_500_000,
      exitCode: 137,
      oomKilled: true,
    };
    const fresh = containerStatus({ newest: ended, before: null }, null, "CrashLoopBackOff", true, false, false, false);
    expect(fresh).toEqual({
      state: { type: "waiting", reason: "CrashLoopBackOff" },
      lastState: { type: "terminated", reason: "OOMKilled", exitCode: 137, startedAt: 1, finishedAt: 2 },
      restartCount: 3,
      ready: false,
      started: false,
    } satisfies ContainerStatus);
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
