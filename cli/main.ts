#!/usr/bin/env node
/** The entry of `podstorm`: argv → command → exit code. The only file that ends the process; it imports nothing heavy, so that --version is quick. */
import { VERSION } from "../engine/version.ts";

const OLDEST = 24;
const typed = process.argv.slice(2);

if (Number(process.versions.node.split(".")[0]) < OLDEST) {
  process.stderr.write(`podstorm needs Node.js ${OLDEST} or newer, found ${process.versions.node}\n`);
  process.exitCode = 2;
} else if (typed.length === 1 && (typed[0] === "--version" || typed[0] === "-V")) {
  process.stdout.write(`${VERSION}\n`);
} else {
  // A reader that has seen enough (`podstorm … | head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  // While the program loads; a command decides for itself what a signal means.
  const onSignal = (signal: NodeJS.Signals): void => {
    process.stderr.write("Interrupted before the run began: nothing was run or written.\n");
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const { runCommandLine } = await import("./program.ts");
  const code = await runCommandLine(typed, {
    onLoaded: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  });
  process.exitCode = code;
  // Nothing should be left that keeps the process alive; if something is, it doesn't hold the user up.
  setTimeout(() => process.exit(code), 2_000).unref();
}
