/**
 * One process at a time writes what a campaign has learned. Its lock names the process; one that was killed leaves it
 * behind, and the next process takes it: there is no such process any more, or it began at another time.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

export class CampaignLock {
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A text: who has it. */
  static take(path: string): CampaignLock | string {
    for (;;) {
      try {
        writeFileSync(path, JSON.stringify({ pid: process.pid, begun: begunAt(process.pid) }), { flag: "wx" });
        return new CampaignLock(path);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      }
      const pid = holderOf(path);
      if (pid !== null) return `process ${pid} at work on it (${path})`;
      rmSync(path, { force: true });
    }
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

/** Null: nobody any more. */
function holderOf(path: string): number | null {
  try {
    const { pid, begun } = JSON.parse(readFileSync(path, "utf8")) as { readonly pid: number; readonly begun: string };
    return isAlive(pid) && begunAt(pid) === begun ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is another person's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Tells processes apart that have one number, in this container and the one before; "": this system doesn't say. */
function begunAt(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Field 22, counted behind the name, which may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return `${boot} ${fields[19] ?? ""}`;
  } catch {
    return "";
  }
}
