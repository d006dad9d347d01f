/** One sync's actions beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, test } from "vitest";
import { newestVersions } from "../versions.ts";
import { mayStart, podActions, type ContainerView, type PodView } from "./pod-actions.ts";
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

const exited = (exitCode: number, change: Partial<ContainerView> = {}): ContainerView => ({
  ...absent,
  state: "exited",
  exitCode,
  ...change,
});
const unknown: ContainerView = { ...absent, state: "unknown" };

/** An init container, and regular ones. */
function plain(init: ContainerView, regular: readonly ContainerView[], change: Partial<PodView> = {}): PodView {
  return { ...podOf(init, ...regular), initCount: 1, isSidecar: [false, ...regular.map(() => false)], ...change };
}

describe("a Pod whose sandbox is gone", () => {
  const gone = { sandbox: { isReady: false, hasIp: true, attempt: 3 } };
  const made = { killPod: true, createSandbox: true, attempt: 4, start: [0] };
  const over = { killPod: true, createSandbox: false, attempt: 4, start: [] };

  test.each<[string, PodView, object]>([
    ["gets the next one", plain(exited(0), [runs], gone), made],
    [
      "gets one in place of one without an address",
      plain(exited(0), [runs], { sandbox: { isReady: true, hasIp: false, attempt: 3 } }),
      made,
    ],
    ["gets its first", plain(absent, [absent], { sandbox: null }), { ...made, attempt: 0 }],
    ["starts its regular containers when it has no other", { ...plain(absent, [runs], gone), initCount: 0 }, { ...made, start: [0, 1] }],
    ["is over under Never when anything was there", plain(exited(0), [absent], { ...gone, restartPolicy: "Never" }), over],
    [
      "is over under Never when only an ephemeral container was",
      plain(absent, [absent], { ...gone, restartPolicy: "Never", ephemeral: ["none", "exited"] }),
      over,
    ],
    ["is not over under Never when nothing was", plain(absent, [absent], { ...gone, restartPolicy: "Never" }), made],
    ["nor when no ephemeral container was", plain(absent, [absent], { ...gone, restartPolicy: "Never", ephemeral: ["none"] }), made],
    [
      "has its first sandbox made whatever was there",
      plain(exited(0), [runs], { sandbox: null, restartPolicy: "Never" }),
      { ...made, attempt: 0 },
    ],
    [
      "is over under OnFailure when all have succeeded",
      plain(exited(0), [exited(0), exited(0)], { ...gone, restartPolicy: "OnFailure" }),
      over,
    ],
    ["is over then without a record of its init container", plain(absent, [exited(0)], { ...gone, restartPolicy: "OnFailure" }), over],
    [
      "goes on under OnFailure when one has failed",
      plain(exited(0), [exited(0), exited(1)], { ...gone, restartPolicy: "OnFailure" }),
      made,
    ],
    ["goes on under OnFailure when nobody knows how one ended", plain(exited(0), [unknown], { ...gone, restartPolicy: "OnFailure" }), made],
    ["goes on under Always when all have succeeded", plain(exited(0), [exited(0)], gone), made],
  ])("%s", (_, pod, wanted) => {
    expect(podActions(pod, newestVersions)).toMatchObject(wanted);
  });

  test("asks for the records of init containers in older releases, and takes an unknown end for a good one", () => {
    const old = { unknownMaySucceed: true, initNeedsRecords: true };
    const change = { ...gone, restartPolicy: "OnFailure" } as const;
    expect(podActions(plain(exited(0), [exited(0)], change), old)).toMatchObject(over);
    expect(podActions(plain(absent, [exited(0)], change), old)).toMatchObject(made);
    expect(podActions(plain(exited(0), [unknown], change), old)).toMatchObject(over);
    expect(podActions({ ...plain(absent, [absent, exited(0)], change), initCount: 0 }, old).start).toEqual([0, 1]);
    expect(podActions({ ...plain(runs, [exited(0)], change), initCount: 0 }, old).start).toEqual([0]);
  });
});

describe("a rule that restarts all containers", () => {
  const terms = { restartPolicy: "Never", restartPolicyRules: [{ action: "RestartAllContainers", operator: "In", values: [42] }] } as const;
  const all = { restartAll: true, attempt: 0, killPod: false, createSandbox: false, kill: [], start: [], startEphemeral: [] };

  test("holds when one container has ended as it says, whatever the others do", () => {
    expect(podActions(plain(exited(0), [runs, exited(42, { terms })]), newestVersions)).toEqual(all);
  });

  test.each<[string, PodView]>([
    ["it ended otherwise", plain(exited(0), [runs, exited(41, { terms })])],
    ["it still runs", plain(exited(0), [runs, { ...runs, exitCode: 42, terms }])],
    ["another has ended so that has no rule", plain(exited(0), [runs, exited(42)])],
    ["the Pod is being deleted", plain(exited(0), [runs, exited(42, { terms })], { isDeleting: true })],
  ])("doesn't when %s", (_, pod) => {
    expect(podActions(pod, newestVersions).restartAll).toBe(false);
  });
});

test("ephemeral containers start once, with others or while init containers run", () => {
  const ephemeral = ["none", "running", "exited", "none"] as const;
  expect(podActions(plain(exited(0), [runs], { ephemeral }), newestVersions).startEphemeral).toEqual([0, 3]);
  expect(podActions(plain(runs, [absent], { ephemeral }), newestVersions).startEphemeral).toEqual([0, 3]);
  expect(podActions(plain(exited(0), [runs]), newestVersions).startEphemeral).toEqual([]);
});

describe("a regular container", () => {
  const unwell = { ...runs, liveness: Verdict.failure };
  const never = { restartPolicy: "Never" } as const;

  test.each<[string, ContainerView, Partial<PodView>, object]>([
    ["that runs is left alone", runs, {}, { kill: [], start: [] }],
    ["that failed its liveness probe is killed and started", unwell, {}, { kill: [1], start: [1] }],
    ["that failed its startup probe is killed and started", { ...runs, startup: Verdict.failure }, {}, { kill: [1], start: [1] }],
    ["that has another spec is killed and started", { ...runs, specChanged: true }, {}, { kill: [1], start: [1] }],
    ["that has another spec is started under Never as well", { ...runs, specChanged: true }, never, { kill: [1], start: [1] }],
    ["that failed a probe is only killed under Never", unwell, never, { kill: [1], start: [] }],
    [
      "that failed a probe is started if its own terms say so",
      { ...unwell, terms: { restartPolicy: "Always" } },
      never,
      { kill: [1], start: [1] },
    ],
    ["that failed a probe isn't if its own terms say so", { ...unwell, terms: { restartPolicy: "Never" } }, {}, { kill: [1], start: [] }],
    ["whose state nobody knows is killed and started", unknown, {}, { kill: [1], start: [1] }],
    ["that was made is started", { ...absent, state: "created" }, {}, { kill: [], start: [1] }],
    ["that has ended is started", exited(1), {}, { kill: [], start: [1] }],
  ])("%s", (_, container, change, wanted) => {
    expect(podActions(plain(exited(0), [container, runs], change), newestVersions)).toMatchObject({ killPod: false, ...wanted });
  });

  test("that was the last one and is only killed ends the Pod", () => {
    expect(podActions(plain(exited(0), [unwell, exited(0)], never), newestVersions)).toMatchObject({ killPod: true, kill: [1], start: [] });
  });

  test("is killed after sidecars, and started after them", () => {
    expect(podActions(podOf(unwell, unwell, unwell), newestVersions)).toMatchObject({ kill: [0, 1, 2], start: [0, 1, 2] });
  });

  test("isn't looked at while init containers run, or when one of them has failed for good", () => {
    expect(podActions(plain(runs, [absent]), newestVersions)).toMatchObject({ killPod: false, start: [] });
    expect(podActions(plain(exited(1), [exited(0)], never), newestVersions)).toMatchObject({ killPod: true, kill: [], start: [] });
    expect(podActions(plain(exited(1), [exited(1)], never), newestVersions)).toMatchObject({ killPod: true, kill: [], start: [] });
  });
});

test("a Pod is over when nothing of it runs or starts", () => {
  const policy = { restartPolicy: "Never" } as const;
  expect(podActions(plain(exited(0), [exited(0)], policy), newestVersions)).toMatchObject({ killPod: true, start: [] });
  expect(podActions(plain(exited(0), [exited(0), runs], policy), newestVersions)).toMatchObject({ killPod: false, start: [] });
});

test.each([
  ["none", false, true],
  ["created", false, true],
  ["unknown", false, true],
  ["running", false, false],
  ["exited", false, true],
  ["none", true, false],
  ["exited", true, false],
] as const)("a container in state %s of a Pod that is being deleted (%s) may start: %s", (state, isDeleting, wanted) => {
  expect(mayStart({ restartPolicy: "Always", isDeleting }, { state, exitCode: 1 })).toBe(wanted);
});
