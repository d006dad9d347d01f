/**
 * Who is hit: Chaos Mesh's modes over the matching candidates. Each candidate has a draw of its own, and
 * the least draws are taken, so one candidate more or less leaves the choice among the others as it was.
 */
import type { FaultMode } from "./fault.ts";

/**
 * The chosen candidates, ascending. Percentages round down, as Chaos Mesh does
 * (pkg/selector/generic FilterObjectsByMode); `random-max-percent` draws the percentage in 0…value.
 */
export function chooseTargets(
  candidates: readonly number[],
  mode: FaultMode,
  value: number,
  drawFor: (candidate: number) => number,
  drawPercent: () => number,
): readonly number[] {
  const count = targetCount(candidates.length, mode, value, drawPercent);
  if (count >= candidates.length) return candidates;
  const draws = candidates.map((candidate) => ({ candidate, draw: drawFor(candidate) }));
  draws.sort((a, b) => a.draw - b.draw || a.candidate - b.candidate);
  return draws
    .slice(0, count)
    .map((entry) => entry.candidate)
    .sort((a, b) => a - b);
}

function targetCount(candidates: number, mode: FaultMode, value: number, drawPercent: () => number): number {
  switch (mode) {
    case "one":
      return 1;
    case "all":
      return candidates;
    case "fixed":
      return value;
    case "fixed-percent":
      return Math.floor((candidates * value) / 100);
    case "random-max-percent":
      return Math.floor((candidates * Math.floor(drawPercent() * (value + 1))) / 100);
  }
}
