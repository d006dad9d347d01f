/** One sync's actions against upstream's own cases. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { versionsOfMinor } from "../versions.ts";
import { mayStart, podActions, type ContainerView, type PodView, type RuntimeState } from "./pod-actions.ts";
import { Verdict } from "./tables.ts";

interface Written {
  readonly name: string;
  readonly state: RuntimeState;
  readonly exitCode: number;
  readonly specChanged: boolean;
  readonly livenessResult: "none" | "Success" | "Failure" | "Unknown";
  readonly startupResult: "none" | "Success" | "Failure" | "Unknown";
}
interface Case {
  readonly name: string;
  readonly input: {
    readonly spec: {
      readonly restartPolicy?: "Always" | "OnFailure" | "Never";
      readonly containers: readonly Spec[];
      readonly initContainers?: readonly Spec[];
      readonly ephemeralContainers?: readonly Spec[];
    };
    readonly sandboxes: readonly { readonly attempt: number; readonly hasIP: boolean; readonly state: string }[];
    readonly containers: readonly Written[];
  };
  readonly expect: Record<string, unknown>;
}
interface Spec {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly startupProbe?: unknown;
}

function cases(file: string): Case[] {
  return (JSON.parse(readFileSync(new URL(`../../conformance/vectors/${file}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;
}

const verdicts = { none: Verdict.none, Success: Verdict.success, Failure: Verdict.failure, Unknown: Verdict.unknown };

function viewOf(input: Case["input"]): { pod: PodView; names: string[] } {
  const init = input.spec.initContainers ?? [];
  const specs = [...init, ...input.spec.containers];
  const containers = specs.map((spec): ContainerView => {
    const written = input.containers.find((container) => container.name === spec.name);
    const hasStartupProbe = spec.startupProbe !== undefined;
    if (written === undefined) return { state: "none", exitCode: 0, liveness: 0, startup: 0, hasStartupProbe, specChanged: false };
    const { state, exitCode, specChanged } = written;
    return {
      state,
      exitCode,
      specChanged,
      liveness: verdicts[written.livenessResult],
      startup: verdicts[written.startupResult],
      hasStartupProbe,
    };
  });
  const newest = input.sandboxes[0];
  const readyCount = input.sandboxes.filter((sandbox) => sandbox.state === "Ready").length;
  const pod: PodView = {
    restartPolicy: input.spec.restartPolicy ?? "Always",
    isDeleting: false,
    initCount: init.length,
    isSidecar: specs.map((spec, index) => index < init.length && spec.restartPolicy === "Always"),
    sandbox:
      newest === undefined ? null : { isReady: newest.state === "Ready" && readyCount === 1, hasIp: newest.hasIP, attempt: newest.attempt },
    containers,
    ephemeral: (input.spec.ephemeralContainers ?? []).map(({ name }) => input.containers.find((run) => run.name === name)?.state ?? "none"),
  };
  return { pod, names: specs.map((spec) => spec.name) };
}

describe("one sync's actions", () => {
  for (const { name, input, expect: wanted } of cases("kubelet_pod_actions")) {
    it(`are upstream's: ${name}`, () => {
      const { pod, names } = viewOf(input);
      const actions = podActions(pod, versionsOfMinor(20));
      const started = actions.start.map((index) => names[index]!);
      const init = (input.spec.initContainers ?? []).map((spec) => spec.name);
      expect({
        killPod: actions.killPod,
        createSandbox: actions.createSandbox,
        attempt: actions.attempt,
        nextInitContainerToStart: started.find((started) => init.includes(started)) ?? "",
        containersToStart: started.filter((started) => !init.includes(started)),
        containersToKill: actions.kill.map((index) => names[index]!).sort(),
        ephemeralContainersToStart: actions.startEphemeral.map((index) => input.spec.ephemeralContainers![index]!.name),
      }).toEqual(wanted);
    });
  }
});

describe("one sync's actions with sidecars", () => {
  for (const { name, input, expect: wanted } of cases("kubelet_pod_actions_sidecars")) {
    it(`are upstream's: ${name}`, () => {
      const { pod, names } = viewOf(input);
      const actions = podActions(pod);
      const init = (input.spec.initContainers ?? []).map((spec) => spec.name);
      const started = actions.start.map((index) => names[index]!);
      expect({
        killPod: actions.killPod,
        createSandbox: actions.createSandbox,
        attempt: actions.attempt,
        initContainersToStart: started.filter((started) => init.includes(started)),
        containersToStart: started.filter((started) => !init.includes(started)),
        containersToKill: actions.kill.map((index) => names[index]!).sort(),
      }).toEqual(wanted);
    });
  }
});

describe("whether a container is started again", () => {
  const { cases: all } = JSON.parse(
    readFileSync(new URL("../../conformance/vectors/kubelet_should_restart.json", import.meta.url), "utf8"),
  ) as {
    cases: {
      name: string;
      input: {
        restartPolicy: "Always";
        podHasDeletionTimestamp: boolean;
        statusesNewestFirst: { state: RuntimeState; exitCode: number }[];
      };
      expect: { restart: boolean };
    }[];
  };
  for (const { name, input, expect: wanted } of all) {
    it(`is upstream's decision: ${name}`, () => {
      const newest = input.statusesNewestFirst[0] ?? { state: "none" as const, exitCode: 0 };
      expect(mayStart({ restartPolicy: input.restartPolicy, isDeleting: input.podHasDeletionTimestamp }, newest)).toBe(wanted.restart);
    });
  }
});
