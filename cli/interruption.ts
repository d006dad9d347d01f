/** Ctrl-C and SIGTERM: the first asks the run to stop and keeps what it has, the second kills as usual. */
import { ExitCode } from "./exit-code.ts";

export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code that the signal stands for; null: none came. */
  code(): ExitCode | null;
  /** Back to the usual meaning of signals. */
  end(): void;
}

export function watchInterruption(say: (text: string) => void): Interruption {
  const controller = new AbortController();
  let code: ExitCode | null = null;
  const stop = (next: ExitCode): void => {
    code = next;
    end();
    say("\nStopping; the partial result follows. Once more kills at once.\n");
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
  return { signal: controller.signal, code: () => code, end };
}
