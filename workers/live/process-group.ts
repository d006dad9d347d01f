/** Operating-system process groups: ending all that a container started, and finding what escaped. */
import { readdirSync, readFileSync } from "node:fs";

/** Environment variable that marks every process of a live run. */
export const RUN_MARK = "PODSTORM_LIVE_RUN";

/** Signals a group, or the single process when there is no such group. Nobody there is not an error. */
export function killGroup(leader: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (!sent(-leader, signal)) sent(leader, signal);
}

/** Signals one process; nobody there is not an error. */
export function signalProcess(id: number, signal: "SIGTERM" | "SIGKILL"): void {
  sent(id, signal);
}

/** Processes whose environment carries the mark (Linux; elsewhere none is found). */
export function markedProcesses(mark: string): number[] {
  const wanted = `${RUN_MARK}=${mark}`;
  const found: number[] = [];
  for (const name of processNames()) {
    if (environmentOf(name).split("\0").includes(wanted)) found.push(Number(name));
  }
  return found;
}

/** Resident memory of a process in bytes; null where it can't be read. */
export function residentMemory(id: number): number | null {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}

function sent(id: number, signal: "SIGTERM" | "SIGKILL"): boolean {
  try {
    process.kill(id, signal);
    return true;
  } catch {
    return false;
  }
}

function processNames(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Empty for a zombie, another user's process, or one that has just ended. */
function environmentOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/environ`, "utf8");
  } catch {
    return "";
  }
}
