/** Phase, conditions and container states against upstream's own cases. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  podPhaseNames,
  PodPhase,
  type ContainerState,
  type ContainerStatus,
  type RestartPolicy,
  type WaitingReason,
} from "../objects/pod.ts";
import {
  areContainersReady,
  containerStatus,
  isInitialized,
  podPhase,
  sameOrNew,
  type Instance,
  type MaybeStatus,
  type PodShape,
} from "./pod-status.ts";

interface WrittenState {
  readonly running?: object;
  readonly waiting?: object;
  readonly terminated?: { readonly exitCode?: number };
}
interface WrittenStatus {
  readonly name: string;
  readonly state?: WrittenState;
  readonly lastState?: WrittenState;
  readonly ready?: boolean;
  readonly started?: boolean;
}
interface WrittenSpec {
  readonly restartPolicy?: RestartPolicy;
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  readonly containers?: readonly { readonly name: string }[];
  readonly readinessGates?: unknown;
}

function load<Case>(file: string): Case[] {
  return (JSON.parse(readFileSync(new URL(`../../conformance/vectors/${file}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;
}

function stateOf(written: WrittenState | undefined): ContainerState | null {
  if (written?.running !== undefined) return { type: "running", startedAt: 0 };
  if (written?.terminated !== undefined)
    return { type: "terminated", reason: "Error", exitCode: written.terminated.exitCode ?? 0, startedAt: 0, finishedAt: 0 };
  return written?.waiting === undefined ? null : { type: "waiting", reason: "ContainerCreating" };
}

function statusOf(name: string, list: readonly WrittenStatus[]): MaybeStatus {
  const written = list.find((status) => status.name === name);
  if (written === undefined) return null;
  const state = stateOf(written.state) ?? { type: "waiting", reason: "ContainerCreating" };
  return {
    state,
    lastState: stateOf(written.lastState),
    restartCount: 0,
    ready: written.ready ?? false,
    started: written.started ?? false,
  };
}

function shapeOf(spec: WrittenSpec): PodShape {
  return {
    restartPolicy: spec.restartPolicy ?? "Always",
    isSidecar: (spec.initContainers ?? []).map((container) => container.restartPolicy === "Always"),
  };
}

describe("the phase", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly spec: WrittenSpec;
      readonly initContainerStatuses: WrittenStatus[];
      readonly containerStatuses: WrittenStatus[];
      readonly podIsTerminal?: boolean;
    };
    readonly expect: { readonly phase: string };
  }
  for (const { name, input, expect: wanted } of [...load<Case>("kubelet_pod_phase"), ...load<Case>("kubelet_pod_phase_sidecars")]) {
    it(`is upstream's: ${name}`, () => {
      const init = (input.spec.initContainers ?? []).map((container) => statusOf(container.name, input.initContainerStatuses));
      const regular = (input.spec.containers ?? []).map((container) => statusOf(container.name, input.containerStatuses));
      expect(podPhaseNames[podPhase(shapeOf(input.spec), init, regular, input.podIsTerminal ?? false)]).toBe(wanted.phase);
    });
  }
});

describe("the conditions", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly spec: WrittenSpec;
      readonly containerStatuses: WrittenStatus[] | null;
      readonly podPhase: keyof typeof PodPhase;
    };
    readonly expect: { readonly status?: string; readonly condition?: { readonly status: string } };
  }
  const listsOf = ({ spec, containerStatuses }: Case["input"]): { init: MaybeStatus[]; regular: MaybeStatus[] } => ({
    init: (spec.initContainers ?? []).map((container) => statusOf(container.name, containerStatuses!)),
    regular: (spec.containers ?? []).map((container) => statusOf(container.name, containerStatuses!)),
  });
  // A status list that is null (nothing known) never reaches these functions; readiness gates aren't modelled.
  const isModelled = ({ input }: Case): boolean => input.containerStatuses !== null && input.spec.readinessGates === undefined;
  for (const { name, input, expect: wanted } of load<Case>("pod_condition_initialized_modern").filter(isModelled)) {
    it(`Initialized is upstream's: ${name}`, () => {
      const { init, regular } = listsOf(input);
      expect(isInitialized(shapeOf(input.spec), init, regular, PodPhase[input.podPhase])).toBe(wanted.status === "True");
    });
  }
  for (const { name, input, expect: wanted } of [
    ...load<Case>("pod_condition_ready"),
    ...load<Case>("pod_condition_containersready"),
  ].filter(isModelled)) {
    it(`ContainersReady is upstream's: ${name}`, () => {
      const { init, regular } = listsOf(input);
      expect(areContainersReady(shapeOf(input.spec), init, regular, PodPhase[input.podPhase])).toBe(wanted.condition!.status === "True");
    });
  }
});

describe("a container's state", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly restartPolicy: RestartPolicy;
      readonly containers: readonly string[];
      readonly runtimeStatusesNewestFirst: readonly { readonly name: string; readonly state: string; readonly exitCode: number }[];
      readonly oldApiStatuses: WrittenStatus[];
      readonly lastStartErrors: Record<string, string>;
    };
    readonly expect: {
      readonly state: Record<string, Record<string, { reason?: string; exitCode?: number }>>;
      readonly lastState: Record<string, Record<string, { exitCode?: number }>>;
    };
  }
  // State unknown doesn't occur: the model's runtime always knows.
  const known = load<Case>("kubelet_container_api_state").filter(({ input }) =>
    input.runtimeStatusesNewestFirst.every((status) => status.state !== "unknown"),
  );
  for (const { name, input, expect: wanted } of known) {
    it(`is upstream's: ${name}`, () => {
      for (const container of input.containers) {
        const [newest, before] = input.runtimeStatusesNewestFirst.filter((status) => status.name === container).map(instanceOf);
        const old = statusOf(container, input.oldApiStatuses);
        const error = (input.lastStartErrors[container] ?? null) as WaitingReason | null;
        const fresh = containerStatus({ newest: newest ?? null, before: before ?? null }, old, error, true, false, false, false);
        const wantedState = Object.entries(wanted.state[container]!)[0]!;
        expect(fresh.state.type).toBe(wantedState[0]);
        if (fresh.state.type === "waiting") expect(fresh.state.reason).toBe(wantedState[1].reason);
        const wantedLast = wanted.lastState[container]?.["terminated"]?.exitCode;
        expect(fresh.lastState?.type === "terminated" ? fresh.lastState.exitCode : undefined).toBe(wantedLast);
      }
    });
  }

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

  function instanceOf(status: { readonly state: string; readonly exitCode: number }): Instance {
    const isRunning = status.state === "running";
    return { generation: 0, isRunning, startedAt: 0, finishedAt: isRunning ? -1 : 0, exitCode: status.exitCode, oomKilled: false };
  }
});
