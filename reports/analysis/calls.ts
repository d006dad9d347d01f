/** What Pods asked of other Services, apart from the requests of loads: how many calls came to nothing, and what retries made of them. */
import type { RunResult } from "../../engine/result.ts";
import { formatCount, formatLatency, formatShare, plural } from "../figures.ts";
import { summariseLatency } from "../hdr.ts";
import { counters, histograms, total } from "../series.ts";
import { left, right, row, type Section } from "./section.ts";

export function calls(result: RunResult): Section | null {
  const edges = counters(result, "calls_sent").map(({ labels, value }) => figuresOf(result, labels["caller"]!, labels["service"]!, value));
  const made = edges.filter(({ sent }) => sent > 0);
  if (made.length === 0) return null;
  const sent = made.reduce((sum, edge) => sum + edge.sent, 0);
  const lost = made.reduce((sum, edge) => sum + edge.lost, 0);
  return {
    id: "calls",
    title: "Calls between Services",
    sentences: [
      lost === 0
        ? `None of ${plural(sent, "call")} was lost.`
        : `${formatCount(lost)} of ${plural(sent, "call")} lost (${formatShare(lost / sent)}).`,
      ...made
        .filter(({ attemptsPerCall }) => attemptsPerCall >= NOTABLE)
        .map(({ caller, service, attemptsPerCall }) => `${caller} made ${attemptsPerCall.toFixed(2)} attempts per call on ${service}.`),
    ],
    tables: [
      {
        title: null,
        columns: [
          left("caller"),
          left("Service"),
          right("sent"),
          right("answered"),
          right("lost"),
          right("in flight"),
          right("p50"),
          right("p99"),
        ],
        rows: made.map(({ caller, service, latency, ...edge }) =>
          row(
            [
              caller,
              service,
              ...[edge.sent, edge.answered, edge.lost, edge.inFlight].map(formatCount),
              ...(latency === null ? ["–", "–"] : [formatLatency(latency.p50), formatLatency(latency.p99)]),
            ],
            edge.lost > 0 ? "bad" : "good",
          ),
        ),
        briefRows: 12,
      },
    ],
    charts: [],
    figures: made.map(({ latency, ...edge }) => ({ ...edge, latencyMicros: latency === null ? null : { ...latency } })),
  };
}

/** From here on retries are worth a sentence. */
const NOTABLE = 1.1;

function figuresOf(result: RunResult, caller: string, service: string, sent: number) {
  const labels = { caller, service };
  return {
    caller,
    service,
    sent,
    answered: total(result, "calls_answered", labels),
    lost: total(result, "calls_lost", labels),
    inFlight: total(result, "calls_in_flight", labels),
    attemptsPerCall: sent === 0 ? 1 : 1 + total(result, "calls_repeated", labels) / sent,
    latency: summariseLatency(histograms(result, "call_duration", labels).map(({ value }) => value)),
  };
}
