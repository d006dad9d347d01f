/**
 * Entry of the guardian: a small process beside each live run that leaves nothing behind. It is told each
 * process group on its standard input (`+123`, `-123`); when that pipe closes, in good order or because
 * podstorm was killed, it ends every group left over, and on Linux every process that still carries the
 * run's mark in its environment.
 */
import { createInterface } from "node:readline";
import { killGroup, markedProcesses } from "./process-group.ts";

const mark = process.argv[2] ?? "";
const groups = new Set<number>();

// Ctrl-C reaches the whole terminal; the guardian must outlive everyone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const group = Number(line.slice(1));
  if (!Number.isSafeInteger(group) || group <= 1) return;
  if (line.startsWith("+")) groups.add(group);
  else groups.delete(group);
});
lines.on("close", () => {
  for (const group of groups) killGroup(group, "SIGKILL");
  sweep(20);
});

/** A process that was being forked when the pipe closed shows up a moment later: look again until none is left. */
function sweep(rounds: number): void {
  const left = markedProcesses(mark);
  for (const id of left) killGroup(id, "SIGKILL");
  if (left.length === 0 && rounds < 18) process.exit(0);
  if (rounds === 0) process.exit(1);
  setTimeout(() => sweep(rounds - 1), 50);
}
