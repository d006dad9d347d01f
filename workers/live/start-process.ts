/** Starts one process of a live run: in a group of its own, marked, known to the guardian before anyone waits for it. */
import { spawn, type ChildProcess } from "node:child_process";
import { RUN_MARK } from "./process-group.ts";
import type { ProcessCommand } from "./container-command.ts";
import type { Safety } from "./safety.ts";

export interface ProcessEvents {
  readonly started: (id: number) => void;
  /** It never ran (no such file, limit reached). */
  readonly failed: (reason: string) => void;
  /** It ended after it had started; 128 + signal number when a signal ended it. */
  readonly exited: (exitCode: number) => void;
  /** Up to 10 KiB of output, told before `exited`; absent: output goes to `log`. */
  readonly output?: (text: string) => void;
}

/** Numbers of the signals that end processes here (the same on Linux and macOS). */
const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/** `log` is an open file for both output streams, or null: thrown away. */
export function startProcess(command: ProcessCommand, safety: Safety, log: number | null, events: ProcessEvents): void {
  if (!safety.mayStart) {
    events.failed("the limit of processes is reached");
    return;
  }
  const child = spawned(command, safety.mark, events.output === undefined ? (log ?? "ignore") : "pipe");
  if (child instanceof Error) {
    events.failed(child.message);
    return;
  }
  const id = child.pid;
  if (id === undefined) {
    child.once("error", (error) => events.failed(error.message));
    return;
  }
  safety.started(id);
  child.once("error", () => undefined);
  if (events.output !== undefined) collectOutput([child.stdout, child.stderr], events.output);
  child.once("spawn", () => events.started(id));
  child.once("exit", (code, signal) => {
    safety.ended(id);
    events.exited(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0));
  });
}

/** An Error when the operating system or Node.js refuses at once (arguments too long, a zero byte in one). */
function spawned(command: ProcessCommand, mark: string, output: number | "ignore" | "pipe"): ChildProcess | Error {
  try {
    return spawn(command.file, command.arguments, {
      cwd: command.directory,
      env: { ...command.environment, [RUN_MARK]: mark },
      detached: true,
      stdio: ["ignore", output, output],
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The first 10 KiB, told at each growth; the rest is read and dropped so that the process doesn't block. */
function collectOutput(streams: readonly (NodeJS.ReadableStream | null)[], told: (text: string) => void): void {
  let text = "";
  for (const stream of streams) {
    stream?.on("data", (chunk: Buffer) => {
      if (text.length >= 10_240) return;
      text = (text + chunk.toString("utf8")).slice(0, 10_240);
      told(text);
    });
  }
}
