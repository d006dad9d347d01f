/**
 * What keeps a live run harmless: a limit on processes, and a guardian that ends whatever is left when
 * podstorm ends, be it in good order, by Ctrl-C or by SIGKILL. (Loopback only: addresses.ts isLoopback,
 * asked by every probe, hook and load.)
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { killGroup } from "./process-group.ts";

/** Containers, hooks and exec probes at once. */
export const PROCESSES_MAX = 128;

export class Safety {
  /** Marks the processes of this run in their environment. */
  readonly mark: string = randomUUID();
  private readonly guardian: ChildProcess;
  private readonly guardianEnded: Promise<void>;
  private readonly groups = new Set<number>();
  private readonly processesMax: number;
  private isClosing = false;

  /** `onLost` is told when the guardian dies: a run without one must end. */
  constructor(onLost: () => void, processesMax: number = PROCESSES_MAX) {
    this.processesMax = processesMax;
    const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
    const entry = fileURLToPath(new URL(`./guardian${extension}`, import.meta.url));
    this.guardian = spawn(process.execPath, [entry, this.mark], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env["PATH"] },
    });
    // A guardian that is gone can't be written to; `exit` tells.
    this.guardian.stdin?.on("error", () => undefined);
    this.guardianEnded = new Promise((resolve) => {
      const ended = (): void => {
        if (!this.isClosing) onLost();
        resolve();
      };
      this.guardian.once("exit", ended);
      this.guardian.once("error", ended);
    });
  }

  get guardianId(): number | undefined {
    return this.guardian.pid;
  }

  /** Whether one more process may start. */
  get mayStart(): boolean {
    return this.groups.size < this.processesMax && !this.isClosing;
  }

  /** A process that leads its own group has started. */
  started(leader: number): void {
    this.groups.add(leader);
    this.guardian.stdin?.write(`+${leader}\n`);
  }

  /** The leader has ended: what is left of its group ends with it, as a container's processes do. */
  ended(leader: number): void {
    killGroup(leader, "SIGKILL");
    this.groups.delete(leader);
    this.guardian.stdin?.write(`-${leader}\n`);
  }

  /** Leaders of the groups that run. */
  running(): number[] {
    return [...this.groups];
  }

  /** Ends everything: SIGTERM, then SIGKILL after `graceMs`; back when the guardian has found nothing more. */
  async close(graceMs: number): Promise<void> {
    this.isClosing = true;
    for (const leader of this.groups) killGroup(leader, "SIGTERM");
    const deadline = performance.now() + graceMs;
    while (this.groups.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const leader of this.groups) killGroup(leader, "SIGKILL");
    this.guardian.stdin?.end();
    await this.guardianEnded;
  }
}
