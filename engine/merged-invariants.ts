/** Invariants of scope merged: held against the figures of all shards together, once, at the end. */
import { everyRequestAccounted, everyRequestAccountedDefinition } from "./invariants/every-request-accounted.ts";
import type { VirtualTime } from "./kernel/time.ts";
import { seriesName, type MetricName } from "./metrics/catalogue.ts";
import type { RecorderSnapshot } from "./metrics/recorder.ts";
import type { LossCount, Violation } from "./result.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";

export function mergedViolations(
  spec: ScenarioSpec,
  metrics: RecorderSnapshot,
  losses: readonly LossCount[],
  end: VirtualTime,
): Violation[] {
  const invariant = everyRequestAccountedDefinition.name;
  if (!spec.invariants.includes(invariant)) return [];
  const violations: Violation[] = [];
  spec.load.forEach(({ name }, load) => {
    const counted = (metric: MetricName): number => metrics.counters[seriesName(metric, name)] ?? 0;
    const own = losses.filter((loss) => loss.load === load);
    const message = everyRequestAccounted({
      name,
      sent: counted("requests_sent"),
      answered: counted("requests_answered"),
      lost: counted("requests_lost"),
      inFlight: counted("requests_in_flight"),
      lossesExplained: sumOf(own),
      lossesWithoutCause: sumOf(own.filter(({ cause }) => cause === 0)),
    });
    if (message !== null) violations.push({ invariant, time: end, message });
  });
  return violations;
}

function sumOf(losses: readonly LossCount[]): number {
  return losses.reduce((sum, { count }) => sum + count, 0);
}
