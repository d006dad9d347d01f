/**
 * Processes of ephemeral containers in the virtual runtime. Nothing probes them and no load reaches them, so they
 * need no part of the Pod's line: one timer each, whatever it stands for at the moment.
 *
 *   pulling (virtual-images.ts) ─▶ starting ─▶ running ─exit, SIGTERM, SIGKILL─▶ gone
 */
import { shutdownOf } from "../../application/shutdown.ts";
import { sample } from "../../kernel/distribution.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";

const KILLED = 137;

interface EphemeralProcess {
  readonly generation: number;
  isRunning: boolean;
  exitAt: VirtualTime;
  exitCode: number;
}

export class VirtualEphemeral {
  private readonly model: VirtualContext;
  /** By slot of the container's timer. */
  private readonly processes = new Map<number, EphemeralProcess>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  start(row: number, container: number, generation: number): void {
    const { containerCreate, containerStart } = this.model.settings;
    this.model.refreshModels(row);
    this.processes.set(this.slot(row, container), { generation, isRunning: false, exitAt: Infinity, exitCode: 0 });
    this.model.arm(row, this.kind(row, container), containerCreate + containerStart);
  }

  /** No process comes of a start that is still under way. */
  abandonStart(row: number, container: number): void {
    const slot = this.slot(row, container);
    if (this.processes.get(slot)?.isRunning !== false) return;
    this.processes.delete(slot);
    this.model.kubelet.cancelPortTimer(row, this.kind(row, container));
  }

  signal(row: number, container: number, signal: "TERM" | "KILL"): void {
    const run = this.processes.get(this.slot(row, container));
    if (run?.isRunning !== true) return;
    const { now } = this.model.simulator;
    if (signal === "KILL") return this.exitAt(row, container, run, now + 1, KILLED);
    const { exitAt, exitCode } = shutdownOf(this.model.modelsOf(row)[container]!.behaviour, now, now);
    this.exitAt(row, container, run, Math.max(now + 1, exitAt), exitCode);
  }

  onTimer(now: VirtualTime, row: number, container: number): void {
    const run = this.processes.get(this.slot(row, container));
    if (run === undefined) return;
    const { kubelet } = this.model;
    const { generation } = run;
    if (run.isRunning) {
      this.processes.delete(this.slot(row, container));
      return kubelet.input(now, { kind: "containerExited", row, container, generation, exitCode: run.exitCode, oomKilled: false });
    }
    run.isRunning = true;
    kubelet.input(now, { kind: "containerStarted", row, container, generation });
    const { exit } = this.model.modelsOf(row)[container]!.behaviour;
    if (exit === null) return;
    const key = this.model.key(row, "exit", container);
    this.exitAt(row, container, run, now + Math.max(1, Math.round(sample(exit.after, key.hi, key.lo, generation))), exit.code);
  }

  forget(row: number, container: number): void {
    this.processes.delete(this.slot(row, container));
  }

  loseAll(): void {
    this.processes.clear();
  }

  private exitAt(row: number, container: number, run: EphemeralProcess, at: VirtualTime, code: number): void {
    if (run.exitAt <= at || at === Infinity) return;
    run.exitAt = at;
    run.exitCode = code;
    this.model.kubelet.armPortTimer(row, this.kind(row, container), at);
  }

  private kind(row: number, container: number): number {
    return this.model.kind(row, container, ContainerTimer.process);
  }

  private slot(row: number, container: number): number {
    return this.model.slot(row, this.kind(row, container));
  }
}
