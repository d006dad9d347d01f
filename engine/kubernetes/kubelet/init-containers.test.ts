/** Which init containers a sync starts and kills, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, test } from "vitest";
import { initActions, type InitActions } from "./init-containers.ts";
import type { ContainerView, PodView } from "./pod-actions.ts";
import { Verdict } from "./tables.ts";

const records = { unknownMaySucceed: false, initNeedsRecords: true };
const sidecars = { unknownMaySucceed: false, initNeedsRecords: false };

function view(state: ContainerView["state"], change: Partial<ContainerView> = {}): ContainerView {
  return { state, exitCode: 0, liveness: Verdict.none, startup: Verdict.none, hasStartupProbe: false, specChanged: false, ...change };
}

const none = view("none");
const created = view("created");
const running = view("running");
const done = view("exited");
const failed = view("exited", { exitCode: 1 });
const unknown = view("unknown");
const unknownFailed = view("unknown", { exitCode: 1 });

/** Init containers, "S" a sidecar and "i" none, and one regular container. */
function podOf(kinds: string, restartPolicy: PodView["restartPolicy"], containers: readonly ContainerView[], regular = none): PodView {
  return {
    restartPolicy,
    isDeleting: false,
    initCount: kinds.length,
    isSidecar: [...kinds, "r"].map((kind) => kind === "S"),
    sandbox: { isReady: true, hasIp: true, attempt: 0 },
    containers: [...containers, regular],
  };
}

const ready: InitActions = { killPod: false, isInitialised: true, kill: [], start: [] };
const waits: InitActions = { killPod: false, isInitialised: false, kill: [], start: [] };
const over: InitActions = { killPod: true, isInitialised: false, kill: [], start: [] };
const starts = (...start: number[]): InitActions => ({ ...waits, start });
const replaces = (...indexes: number[]): InitActions => ({ ...waits, kill: indexes, start: indexes });

describe.each([
  ["that look for records (before sidecars)", records],
  ["that know sidecars", sidecars],
])("init containers of kubelets %s", (_, version) => {
  test.each<[string, PodView["restartPolicy"], ContainerView[], InitActions]>([
    ["none of them: the Pod is initialised", "Always", [], ready],
    ["none known: the first starts", "Always", [none, none, none], starts(0)],
    ["the first runs: wait", "Always", [running, none, none], waits],
    ["the second runs: wait", "Never", [done, running, none], waits],
    ["the first ended well: the second starts", "Always", [done, none, none], starts(1)],
    ["the second ended well: the third starts", "Always", [done, done, none], starts(2)],
    ["the last ended well: initialised", "Never", [done, done, done], ready],
    ["only the last is known, and ended well: initialised", "Always", [none, none, done], ready],
    ["the second failed: again", "OnFailure", [done, failed, none], starts(1)],
    ["the last failed: again", "Always", [done, done, failed], starts(2)],
    ["one failed under Never: the Pod is over", "Never", [done, failed, none], over],
    ["nobody knows how the second is: killed and started", "Always", [done, unknownFailed, none], replaces(1)],
    ["nobody knows how one is, under OnFailure", "OnFailure", [done, unknown, none], replaces(1)],
    ["nobody knows how one is, under Never", "Never", [unknown, none, none], over],
    ["the same, although it says 0", "Never", [done, done, unknown], over],
  ])("%s (%s)", (_case, restartPolicy, containers, wanted) => {
    expect(initActions(podOf("i".repeat(containers.length), restartPolicy, containers), version)).toEqual(wanted);
  });
});

describe("kubelets that look for records", () => {
  test.each([running, created, done])("ask for them although a regular container is there: %j", (regular) => {
    expect(initActions(podOf("ii", "Always", [done, none], regular), records)).toEqual(starts(1));
  });

  test("start again what failed, whatever came after it", () => {
    expect(initActions(podOf("iii", "Always", [failed, done, done]), records)).toEqual(starts(0));
    expect(initActions(podOf("iii", "Always", [failed, failed, none]), records)).toEqual(starts(1));
  });

  test("pass over what was made and never ran", () => {
    expect(initActions(podOf("iii", "Always", [done, created, none]), records)).toEqual(starts(1));
    expect(initActions(podOf("i", "Always", [created]), records)).toEqual(starts(0));
  });
});

describe("kubelets that know sidecars, for init containers that aren't,", () => {
  test.each([created, running])("ask for nothing once a regular container is there: %j", (regular) => {
    for (const init of [none, created, running, done, failed, unknown]) {
      for (const policy of ["Always", "Never"] as const)
        expect(initActions(podOf("ii", policy, [init, init], regular), sidecars)).toEqual(ready);
    }
  });

  test.each([none, done, failed, unknown])("take a regular container in another state for one of an old sandbox: %j", (regular) => {
    expect(initActions(podOf("ii", "Always", [done, running], regular), sidecars)).toEqual(waits);
  });

  test("need one regular container that is there, not all", () => {
    const pod = podOf("i", "Always", [failed], running);
    const more = { ...pod, isSidecar: [...pod.isSidecar, false], containers: [...pod.containers, none] };
    expect(initActions(more, sidecars)).toEqual(ready);
    expect(initActions({ ...more, containers: [failed, none, running] }, sidecars)).toEqual(ready);
  });

  test("an init container that runs isn't a regular one", () => {
    expect(initActions(podOf("ii", "Always", [none, running]), sidecars)).toEqual(waits);
  });

  test("start what was made and never ran", () => {
    expect(initActions(podOf("ii", "Always", [done, created]), sidecars)).toEqual(starts(1));
    expect(initActions(podOf("ii", "Never", [created, none]), sidecars)).toEqual(starts(0));
  });

  test.each([created, running, done, failed, unknown])("don't care what one before the latest known does: %j", (earlier) => {
    for (const policy of ["Always", "Never"] as const) {
      expect(initActions(podOf("iii", policy, [earlier, running, none]), sidecars)).toEqual(waits);
      expect(initActions(podOf("iii", policy, [earlier, done, none]), sidecars)).toEqual(starts(2));
    }
  });

  test("an exit is judged by the container's own terms", () => {
    const own = (exitCode: number): ContainerView => view("exited", { exitCode, terms: { restartPolicy: "Never" } });
    expect(initActions(podOf("i", "Always", [own(1)]), sidecars)).toEqual(over);
    expect(initActions(podOf("i", "Always", [own(0)]), sidecars)).toEqual(ready);
    const again = view("exited", { exitCode: 1, terms: { restartPolicy: "Always" } });
    expect(initActions(podOf("i", "Never", [again]), sidecars)).toEqual(starts(0));
  });
});

describe("sidecars", () => {
  const probed = (startup: Verdict, change: Partial<ContainerView> = {}): ContainerView =>
    view("running", { startup, hasStartupProbe: true, ...change });
  const unwell = view("running", { liveness: Verdict.failure });
  const changed = view("running", { specChanged: true });

  test.each<[string, ContainerView, InitActions]>([
    ["runs without a startup probe: the next starts", running, starts(1)],
    ["was made: started", created, starts(0)],
    ["ended well: started again", done, starts(0)],
    ["failed: started again", failed, starts(0)],
    ["is in a state that nobody knows: killed and started", unknown, replaces(0)],
    ["has passed its startup probe: the next starts", probed(Verdict.success), starts(1)],
    ["hasn't yet: wait", probed(Verdict.unknown), waits],
    ["failed its startup probe: killed and started", probed(Verdict.failure), replaces(0)],
    ["failed its liveness probe: killed and started, and the next starts as well", unwell, { ...waits, kill: [0], start: [0, 1] }],
    ["has another spec: the same", changed, { ...waits, kill: [0], start: [0, 1] }],
    ["failed its liveness probe before its startup probe passed", probed(Verdict.unknown, { liveness: Verdict.failure }), replaces(0)],
  ])("the first %s", (_, sidecar, wanted) => {
    for (const policy of ["Always", "OnFailure", "Never"] as const) {
      expect(initActions(podOf("Si", policy, [sidecar, none]), sidecars)).toEqual(wanted);
    }
  });

  test.each<[string, ContainerView, InitActions]>([
    ["runs: initialised", running, ready],
    ["ended: started again, not initialised", done, starts(1)],
    ["failed its liveness probe: replaced, initialised all the same", unwell, { ...ready, kill: [1], start: [1] }],
  ])("the last %s", (_, sidecar, wanted) => {
    expect(initActions(podOf("iS", "Never", [done, sidecar]), sidecars)).toEqual(wanted);
  });

  test.each<[string, ContainerView, number[], number[]]>([
    ["is gone", none, [], [0]],
    ["was made", created, [], [0]],
    ["ended", done, [], [0]],
    ["is in a state that nobody knows", unknown, [0], [0]],
    ["failed its liveness probe", unwell, [0], [0]],
    ["runs", running, [], []],
  ])("one that %s is looked after while a later init container runs, and after", (_, sidecar, kill, start) => {
    expect(initActions(podOf("Si", "Never", [sidecar, running]), sidecars)).toEqual({ ...waits, kill, start });
    expect(initActions(podOf("Si", "Never", [sidecar, done]), sidecars)).toEqual({ ...ready, kill, start });
    expect(initActions(podOf("Si", "Never", [sidecar, none], running), sidecars)).toEqual({ ...ready, kill, start });
  });

  test("are killed and started in the order of the spec, before what comes next", () => {
    expect(initActions(podOf("SSi", "Always", [unwell, unwell, none]), sidecars)).toEqual({ ...waits, kill: [0, 1], start: [0, 1, 2] });
    expect(initActions(podOf("SSi", "Always", [none, none, done]), sidecars)).toEqual({ ...ready, start: [0, 1] });
  });

  test("that aren't known don't start before their turn", () => {
    expect(initActions(podOf("iSi", "Always", [done, none, none]), sidecars)).toEqual(starts(1));
  });

  test("after a failed init container under Never nothing is left to do for them", () => {
    expect(initActions(podOf("SSi", "Never", [done, unwell, failed]), sidecars)).toEqual(over);
  });
});
