/** One probe worker against upstream's own cases, tick by tick. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { pendingPodStatus, type Probe } from "../objects/pod.ts";
import { ProbeResult } from "./inputs.ts";
import { Kubelet } from "./kubelet.ts";
import { ProbeRole, probeRoleNames, type KubeletPort } from "./ports.ts";
import { LAST_SHIFT, RUN_SHIFT, VERDICT_SHIFT } from "./steady-probes.ts";
import { CellFlag, PodFlag, ProbeFlag, Verdict } from "./tables.ts";
import { testContainer, testProbe, testTemplate, TestNodes } from "./test-node.ts";
import { newestVersions, versionsOfMinor, type Versions } from "../versions.ts";

function load<Case>(file: string): Case[] {
  return (JSON.parse(readFileSync(new URL(`../../conformance/vectors/${file}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;
}

/** Recorded from v1.20: a startup success doesn't hold the worker. */
const version120 = versionsOfMinor(20);
const verdictNames = ["none", "Unknown", "Success", "Failure"];
const results = { success: ProbeResult.success, failure: ProbeResult.failure, error: ProbeResult.error };

/** A single worker whose container and answers the test sets by hand. */
class Worker {
  readonly kubelet: Kubelet;
  readonly row: number;
  probed = false;
  private readonly nodes = new TestNodes();

  constructor(role: ProbeRole, probe: Partial<Probe>, version: Versions) {
    const port = new Proxy({} as KubeletPort, {
      get: (_, name) => (name === "startProbe" ? () => void (this.probed = true) : () => undefined),
    });
    const { simulator, causes, recorder, table } = this.nodes;
    this.kubelet = new Kubelet({
      simulator,
      causes,
      recorder,
      settings: this.nodes.kubelet.node.settings,
      seed: 1,
      node: 0,
      lp: 1,
      table,
      version,
      template: { name: "hand-driven", zone: "", labels: {}, cpu: 1, memory: 1, pods: 1, taints: [] },
      send: () => undefined,
      createPort: () => port,
    });
    const definition = testContainer("app", { [["startupProbe", "livenessProbe", "readinessProbe"][role]!]: testProbe(probe) });
    const template = this.nodes.definitions.intern(testTemplate([definition]));
    this.row = table.add(
      {
        id: 0,
        resourceVersion: 1,
        owner: -1,
        workload: 0,
        ordinal: 0,
        template,
        node: 0,
        createdAt: 0,
        deletionTimestamp: -1,
        deletionGracePeriodSeconds: -1,
        status: pendingPodStatus,
        cause: 0,
      },
      128,
    );
    table.setFlag(this.row, PodFlag.probesAdded | PodFlag.finished);
    table.words[this.at + 2] = ProbeFlag.alive;
  }

  /** One tick: what the status shows of the container, and what an attempt would give. */
  tick(now: number, shown: { generation: number; running: boolean; started: boolean; age: number }, answer: ProbeResult): void {
    const { table, prober } = this.kubelet.node;
    const cell = table.cellAt(this.row, 0);
    table.words[cell] =
      (shown.generation << 8) |
      CellFlag.hasInstance |
      (shown.running ? CellFlag.running : CellFlag.exited) |
      (shown.started ? CellFlag.started : 0);
    table.times[(cell + 2) >> 1] = now - shown.age;
    this.probed = false;
    prober.tick(now, this.row, 0);
    if (this.probed) prober.finish(now, this.row, 0, shown.generation, answer, 1);
  }

  get state(): { result: string; onHold: boolean; resultRun: number } {
    const word = this.kubelet.table.words[this.at + 2]!;
    return { result: verdictNames[(word >>> VERDICT_SHIFT) & 3]!, onHold: (word & ProbeFlag.onHold) !== 0, resultRun: word >>> RUN_SHIFT };
  }

  private get at(): number {
    return this.kubelet.table.probeAt(this.row, this.kubelet.table.plan(this.row), 0);
  }
}

describe("a probe worker", () => {
  interface Step {
    readonly containerIncarnation: number;
    readonly containerState: "running" | "terminated";
    readonly containerAgeSeconds: number;
    readonly started: boolean;
    readonly probeWouldReturn: keyof typeof results;
  }
  interface Case {
    readonly name: string;
    readonly input: { readonly probeType: string; readonly probe: Partial<Probe>; readonly steps: readonly Step[] };
    readonly expect: {
      readonly steps: readonly { probed: boolean; result: string; onHold: boolean; resultRun: number; keepGoing: boolean }[];
    };
  }
  for (const { name, input, expect: wanted } of load<Case>("kubelet_probe_worker")) {
    it(`is upstream's, tick by tick: ${name}`, () => {
      const role = probeRoleNames.indexOf(input.probeType) as ProbeRole;
      const worker = new Worker(role, input.probe, version120);
      const seen = input.steps.map((step, index) => {
        const shown = {
          generation: step.containerIncarnation,
          running: step.containerState === "running",
          started: step.started,
          age: step.containerAgeSeconds * SECOND,
        };
        worker.tick((index + 1) * 1000 * SECOND, shown, results[step.probeWouldReturn]);
        return { probed: worker.probed, ...worker.state, keepGoing: true };
      });
      expect(seen).toEqual(wanted.steps);
    });
  }
});

describe("probe thresholds", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly probeType: string;
      readonly probe: Partial<Probe>;
      readonly started: boolean;
      readonly probeWouldReturn: readonly ("success" | "failure")[];
    };
    readonly expect: { readonly result: readonly string[] };
  }
  for (const { name, input, expect: wanted } of load<Case>("kubelet_probe_thresholds")) {
    it(`are upstream's: ${name}`, () => {
      const worker = new Worker(probeRoleNames.indexOf(input.probeType) as ProbeRole, input.probe, version120);
      const seen = input.probeWouldReturn.map((answer, index) => {
        worker.tick(
          (index + 1) * 10 * SECOND,
          { generation: 0, running: true, started: input.started, age: 100 * SECOND },
          results[answer],
        );
        return worker.state.result;
      });
      expect(seen).toEqual(wanted.result);
    });
  }

  it("a startup success holds the worker until the next instance (1.32)", () => {
    const worker = new Worker(ProbeRole.startup, {}, newestVersions);
    const shown = { generation: 0, running: true, started: false, age: 100 * SECOND };
    worker.tick(SECOND, shown, ProbeResult.success);
    expect(worker.state).toEqual({ result: "Success", onHold: true, resultRun: 0 });
    worker.tick(2 * SECOND, { ...shown, generation: 1 }, ProbeResult.success);
    expect(worker.probed).toBe(true);
  });

  it("an answer of another instance is nobody's", () => {
    const worker = new Worker(ProbeRole.liveness, { failureThreshold: 1 }, newestVersions);
    worker.tick(SECOND, { generation: 3, running: true, started: true, age: 0 }, ProbeResult.success);
    worker.kubelet.node.prober.finish(2 * SECOND, worker.row, 0, 2, ProbeResult.failure, 1);
    expect(worker.state.result).toBe(verdictNames[Verdict.success]);
    expect(LAST_SHIFT).toBeLessThan(VERDICT_SHIFT);
  });
});
