/**
 * Who is hit: Chaos Mesh's modes over the matching candidates. Each candidate has a draw of its own, and
 * the least draws are taken, so one candidate more or less leaves the choice among the others as it was.
 */
import type { FaultMode, FaultSpec } from "./fault.ts";
import type { FaultControl } from "./fault-control.ts";

/** Who may be hit, and how many of them. */
export type Aim = Pick<FaultSpec, "selector" | "mode" | "value">;

/** The Pods that a fault hits, ascending. */
export function choosePods({ selector, mode, value }: Aim, control: FaultControl): readonly number[] {
  return chooseTargets(
    control.selectPods(selector),
    mode,
    value,
    (pod) => control.drawForPod(pod),
    () => control.drawForFault(),
  );
}

/** The nodes that a fault hits, ascending; of these `candidates` alone, where they are given. */
export function chooseNodes(
  { selector, mode, value }: Aim,
  control: FaultControl,
  candidates: readonly number[] = control.selectNodes(selector),
): readonly number[] {
  return chooseTargets(
    candidates,
    mode,
    value,
    (node) => control.drawForNode(node),
    () => control.drawForFault(),
  );
}

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
