/** Invariants of scope merged: held against the figures of all shards together, once, at the end. */
import { everyRequestAccounted, everyRequestAccountedDefinition } from "../invariants/every-request-accounted.ts";
import { NO_CAUSE } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { seriesName, type MetricName } from "../metrics/catalogue.ts";
import type { RecorderSnapshot } from "../metrics/recorder.ts";
import type { LossCount, Violation } from "../result.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";
import { callsOf } from "../spec/calls.ts";

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
    if (message !== null) violations.push({ invariant, time: end, message, cause: NO_CAUSE });
  });
  for (const { caller, call } of callsOf(spec)) {
    const service = `${call.namespace}/${call.service}`;
    const counted = (metric: MetricName): number => metrics.counters[seriesName(metric, caller, service)] ?? 0;
    const [sent, answered, lost, inFlight] = [
      counted("calls_sent"),
      counted("calls_answered"),
      counted("calls_lost"),
      counted("calls_in_flight"),
    ];
    if (sent !== answered + lost + inFlight) {
      const message = `calls of ${caller} on ${service}: ${sent} sent, but ${answered} answered, ${lost} lost, ${inFlight} in flight`;
      violations.push({ invariant, time: end, message, cause: NO_CAUSE });
    }
  }
  return violations;
}

function sumOf(losses: readonly LossCount[]): number {
  return losses.reduce((sum, { count }) => sum + count, 0);
}
