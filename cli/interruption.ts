/**
 * Ctrl-C and SIGTERM: before the run the first says that nothing was run; during it, it asks the run to stop
 * and keeps what it has. The second kills as usual.
 */
import { ExitCode } from "./exit-code.ts";

export interface Interruption {
  readonly signal: AbortSignal;
  /** From now on there is a partial result. */
  begin(): void;
  /** The exit code that the signal stands for; null: none came. */
  code(): ExitCode | null;
  /** Back to the usual meaning of signals. */
  end(): void;
}

export function watchInterruption(say: (text: string) => void): Interruption {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  let hasBegun = false;
  const stop = (next: ExitCode): void => {
    code = next;
    end();
    say(hasBegun ? "\nStopping; the partial result follows. Once more kills at once.\n" : INTERRUPTED_BEFORE);
    controller.abort();
  };
  const onInterrupt = (): void => stop(ExitCode.interrupted);
  const onTerminate = (): void => stop(ExitCode.terminated);
  const end = (): void => {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onTerminate);
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  const begin = (): void => {
    hasBegun = true;
  };
  return { signal: controller.signal, begin, code: () => code, end };
}

const INTERRUPTED_BEFORE = "Interrupted before the run began: nothing was run or written.\n";

/** Lets a signal through that came while the program was busy: handlers run only when the event loop turns. */
export function pendingSignals(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
