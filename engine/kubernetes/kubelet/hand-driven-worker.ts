/** For tests and vectors: one probe worker of a real kubelet whose container and answers are set by hand, tick by tick. */
import { SECOND } from "../../kernel/time.ts";
import { ProbeResult } from "./inputs.ts";
import { Kubelet } from "./kubelet.ts";
import { probeRoleNames, type KubeletPort, type ProbeRole } from "./ports.ts";
import type { RestartTerms } from "./restart-rules.ts";
import { RUN_SHIFT, VERDICT_SHIFT } from "./steady-probes.ts";
import { CellFlag, PodFlag, ProbeFlag, type KubeletTable } from "./tables.ts";
import { TestNodes, testContainer, testProbe, testTemplate } from "./test-node.ts";
import { pendingPodStatus, type ContainerState, type ContainerStatus, type Probe, type RestartPolicy } from "../objects/pod.ts";
import { versionsOfMinor } from "../versions.ts";

const verdictNames = ["none", "Unknown", "Success", "Failure"];
export type Answer = "success" | "failure" | "error";
const answers: Readonly<Record<Answer, ProbeResult>> = {
  success: ProbeResult.success,
  failure: ProbeResult.failure,
  error: ProbeResult.error,
};
const probeFields = ["startupProbe", "livenessProbe", "readinessProbe"] as const;

/** What the status shows of the container at a tick. */
export interface Shown {
  readonly generation: number;
  readonly isRunning: boolean;
  readonly isStarted: boolean;
  readonly ageSeconds: number;
  /** Of a container that doesn't run: 0 if left out; null: it waits. */
  readonly exitCode?: number | null;
}

export interface TickResult {
  readonly probed: boolean;
  readonly result: string;
  readonly onHold: boolean;
  readonly resultRun: number;
  readonly keepGoing: boolean;
}

export class HandDrivenWorker {
  private readonly kubelet: Kubelet;
  private readonly row: number;
  private probed = false;

  /** `minor`: of the kubelet's version; `terms`: what the container says of its restarts itself. */
  constructor(role: ProbeRole, probe: Partial<Probe>, restartPolicy: RestartPolicy, minor: number, terms: Partial<RestartTerms> = {}) {
    const nodes = new TestNodes();
    const port = new Proxy({} as KubeletPort, {
      get: (_, name) => (name === "startProbe" ? () => void (this.probed = true) : () => undefined),
    });
    const { simulator, causes, recorder, table } = nodes;
    this.kubelet = new Kubelet({
      simulator,
      causes,
      recorder,
      settings: nodes.kubelet.node.settings,
      seed: 1,
      node: 0,
      lp: 1,
      table,
      version: versionsOfMinor(minor),
      template: { name: "hand-driven", zone: "", labels: {}, cpu: 1, memory: 1, pods: 1, taints: [] },
      send: () => undefined,
      createPort: () => port,
    });
    const definition = testContainer("app", { ...terms, [probeFields[role]]: testProbe(probe) });
    const template = nodes.definitions.intern(testTemplate([definition], { restartPolicy }));
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

  /** `answer`: what an attempt would give. */
  tick(atSeconds: number, shown: Shown, answer: Answer): TickResult {
    const { table } = this;
    const { prober } = this.kubelet.node;
    const now = atSeconds * SECOND;
    const cell = table.cellAt(this.row, 0);
    table.words[cell] =
      (shown.generation << 8) |
      CellFlag.hasInstance |
      (shown.isRunning ? CellFlag.running : CellFlag.exited) |
      (shown.isStarted ? CellFlag.started : 0);
    table.times[(cell + 2) >> 1] = now - shown.ageSeconds * SECOND;
    table.statuses[this.row] = { ...pendingPodStatus, containers: [entryOf(shown)] };
    this.probed = false;
    prober.tick(now, this.row, 0);
    if (this.probed) prober.finish(now, this.row, 0, shown.generation, answers[answer], 1);
    const word = table.words[this.at + 2] ?? 0;
    return {
      probed: this.probed,
      result: verdictNames[(word >>> VERDICT_SHIFT) & 3] ?? "",
      onHold: (word & ProbeFlag.onHold) !== 0,
      resultRun: word >>> RUN_SHIFT,
      keepGoing: (word & ProbeFlag.alive) !== 0,
    };
  }

  /** An answer that comes by itself, of an attempt at any instance. */
  finish(atSeconds: number, generation: number, answer: Answer): void {
    this.kubelet.node.prober.finish(atSeconds * SECOND, this.row, 0, generation, answers[answer], 1);
  }

  get result(): string {
    return verdictNames[((this.table.words[this.at + 2] ?? 0) >>> VERDICT_SHIFT) & 3] ?? "";
  }

  private get table(): KubeletTable {
    return this.kubelet.table;
  }

  private get at(): number {
    return this.table.probeAt(this.row, this.table.plan(this.row), 0);
  }
}

function entryOf({ generation, isRunning, isStarted, exitCode = 0 }: Shown): ContainerStatus {
  const ended: ContainerState =
    exitCode === null
      ? { type: "waiting", reason: "CrashLoopBackOff" }
      : { type: "terminated", reason: exitCode === 0 ? "Completed" : "Error", exitCode, startedAt: 0, finishedAt: 0 };
  const state: ContainerState = isRunning ? { type: "running", startedAt: 0 } : ended;
  return { state, lastState: null, restartCount: generation, ready: false, started: isStarted };
}

export function roleOf(name: string): ProbeRole {
  const role = probeRoleNames.indexOf(name);
  if (role < 0) throw new Error(`no probe role: ${name}`);
  return role as ProbeRole;
}
