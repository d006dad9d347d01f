/** One sync's actions beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, test } from "vitest";
import { newestVersions } from "../versions.ts";
import { podActions, type ContainerView, type PodView } from "./pod-actions.ts";
import { Verdict } from "./tables.ts";

const absent: ContainerView = {
  state: "none",
  exitCode: 0,
  liveness: Verdict.none,
  startup: Verdict.none,
  hasStartupProbe: false,
  specChanged: false,
};
const runs: ContainerView = { ...absent, state: "running" };

/** A sidecar, another one, and a regular container. */
function podOf(...containers: readonly ContainerView[]): PodView {
  return {
    restartPolicy: "Always",
    isDeleting: false,
    initCount: 2,
    isSidecar: [true, true, false],
    sandbox: { isReady: true, hasIp: true, attempt: 0 },
    containers,
  };
}

describe("what follows a sidecar", () => {
  const probed = (startup: Verdict): ContainerView => ({ ...runs, startup, hasStartupProbe: true });
  test.each([
    ["runs, without a startup probe", runs, { start: [1], kill: [] }],
    ["has not been probed yet", probed(Verdict.none), { start: [], kill: [] }],
    ["hasn't passed its startup probe", probed(Verdict.unknown), { start: [], kill: [] }],
    ["has passed its startup probe", probed(Verdict.success), { start: [1], kill: [] }],
    ["failed its startup probe", probed(Verdict.failure), { start: [0], kill: [0] }],
  ])("starts accordingly when it %s", (_, sidecar, wanted) => {
    expect(podActions(podOf(sidecar, absent, absent), newestVersions)).toMatchObject(wanted);
  });

  test("that is the last one: the regular containers, once it has started", () => {
    expect(podActions(podOf(runs, probed(Verdict.unknown), absent), newestVersions).start).toEqual([]);
    expect(podActions(podOf(runs, probed(Verdict.success), absent), newestVersions).start).toEqual([2]);
  });
});
