/** The words of a Pod's conditions. Upstream's own cases are among the vectors (engine/conformance). */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { PodPhase, type ContainerState, type ContainerStatus } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { containersReadyCondition, initializedCondition, readyCondition, type ConditionShape } from "./pod-conditions.ts";
import { areContainersReady, isInitialized } from "./pod-status.ts";

const waiting: ContainerState = { type: "waiting", reason: "ContainerCreating" };
const running: ContainerState = { type: "running", startedAt: 1 };

function status(change: Partial<ContainerStatus> = {}): ContainerStatus {
  return { state: waiting, lastState: null, restartCount: 0, ready: false, started: false, ...change };
}

const shape: ConditionShape = {
  init: [
    { name: "fetch", isSidecar: false },
    { name: "proxy", isSidecar: true },
  ],
  regular: ["web", "db"],
};

describe("Initialized", () => {
  it("names what is unknown and what is incomplete", () => {
    const words = initializedCondition(shape, { init: [status(), null], regular: [] }, PodPhase.Pending);
    expect(words).toEqual({
      status: "False",
      reason: "ContainersNotInitialized",
      message: "containers with unknown status: [proxy], containers with incomplete status: [fetch]",
    });
  });

  it("takes a sidecar as done once it has started, any other once it has ended well", () => {
    const init = [status({ ready: true }), status({ state: running, started: true })];
    expect(initializedCondition(shape, { init, regular: [] }, PodPhase.Pending).status).toBe("True");
  });

  it("stays True when a regular container has started, whatever becomes of init containers", () => {
    const words = initializedCondition(shape, { init: [status(), status()], regular: [status({ state: running })] }, PodPhase.Running);
    expect(words.status).toBe("True");
  });
});

describe("before the kubelet has reported anything", () => {
  it("Initialized isn't known of Pods that have init containers, and holds for those that have none", () => {
    expect(initializedCondition(shape, null, PodPhase.Pending)).toEqual({
      status: "False",
      reason: "UnknownContainerStatuses",
      message: "",
    });
    expect(initializedCondition({ ...shape, init: [] }, null, PodPhase.Pending).status).toBe("True");
  });

  it("ContainersReady isn't known", () => {
    const words = containersReadyCondition(shape, null, PodPhase.Pending, newestVersions);
    expect(words).toEqual({ status: "False", reason: "UnknownContainerStatuses", message: "" });
  });
});

describe("of a Pod that is over with a container that nobody knows", () => {
  const known = { init: [status({ ready: true }), status({ started: true })], regular: [status({ ready: true }), null] };

  it.each([PodPhase.Succeeded, PodPhase.Failed])("ContainersReady names it (phase %i)", (phase) => {
    const words = containersReadyCondition(shape, { ...known, init: [status(), status({ ready: true })] }, phase, newestVersions);
    expect(words).toEqual({ status: "False", reason: "ContainersNotReady", message: "containers with unknown status: [db]" });
  });

  it("Initialized names an init container", () => {
    const words = initializedCondition(shape, { init: [null, status({ started: true })], regular: [] }, PodPhase.Succeeded);
    expect(words.message).toBe("containers with unknown status: [fetch]");
  });

  it("one unknown and one unready container make two that aren't ready", () => {
    const words = containersReadyCondition(
      { init: [], regular: ["web", "db"] },
      { init: [], regular: [status(), null] },
      PodPhase.Running,
      newestVersions,
    );
    expect(words.message).toBe("containers with unknown status: [db], containers with unready status: [web]");
  });
});

describe("ContainersReady", () => {
  const statuses = { init: [status(), status({ ready: true })], regular: [status({ ready: true }), status()] };

  it("names sidecars and regular containers that aren't ready, in the order of the spec", () => {
    const init = [status(), status()];
    const words = containersReadyCondition(shape, { init, regular: [status(), null] }, PodPhase.Running, newestVersions);
    expect(words).toEqual({
      status: "False",
      reason: "ContainersNotReady",
      message: "containers with unknown status: [db], containers with unready status: [proxy web]",
    });
  });

  it.each([
    [PodPhase.Succeeded, 36, "PodCompleted"],
    [PodPhase.Failed, 36, "PodFailed"],
    [PodPhase.Failed, 20, "ContainersNotReady"],
    [PodPhase.Running, 36, "ContainersNotReady"],
  ])("in phase %i has the reason of 1.%i: %s", (phase, minor, reason) => {
    expect(containersReadyCondition(shape, statuses, phase, versionsOfMinor(minor)).reason).toBe(reason);
  });
});

describe("Ready", () => {
  it("says why the containers aren't ready before it says anything of gates", () => {
    const unready = { status: "False", reason: "ContainersNotReady", message: "containers with unready status: [web]" } as const;
    const ready = { status: "True", reason: "", message: "" } as const;
    expect(readyCondition(unready, "a gate")).toBe(unready);
    expect(readyCondition(ready, "a gate")).toEqual({ status: "False", reason: "ReadinessGatesNotReady", message: "a gate" });
    expect(readyCondition(ready, "")).toEqual(ready);
  });
});

const states = fc.constantFrom<ContainerState>(waiting, running, {
  type: "terminated",
  reason: "Completed",
  exitCode: 0,
  startedAt: 1,
  finishedAt: 2,
});
const statuses = fc.record({ state: states, ready: fc.boolean(), started: fc.boolean() }).map(status);

test.prop({
  init: fc.array(fc.tuple(statuses, fc.boolean()), { maxLength: 3 }),
  regular: fc.array(statuses, { minLength: 1, maxLength: 3 }),
  phase: fc.constantFrom(PodPhase.Pending, PodPhase.Running, PodPhase.Succeeded, PodPhase.Failed),
})("the words agree with the bits of the status", ({ init, regular, phase }) => {
  const own = { init: init.map(([one]) => one), regular };
  const isSidecar = init.map(([, sidecar]) => sidecar);
  const named: ConditionShape = {
    init: isSidecar.map((sidecar, index) => ({ name: `init-${index}`, isSidecar: sidecar })),
    regular: regular.map((_, index) => `app-${index}`),
  };
  const bits = { restartPolicy: "Always", isSidecar } as const;
  expect(initializedCondition(named, own, phase).status === "True").toBe(isInitialized(bits, own.init, regular, phase));
  expect(containersReadyCondition(named, own, phase, newestVersions).status === "True").toBe(
    areContainersReady(bits, own.init, regular, phase),
  );
});
