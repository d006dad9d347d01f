/** The few figures a reader looks for first: the tiles at the head of a page. */
import type { RunResult } from "../engine/result.ts";
import type { Tone } from "./analysis/section.ts";
import { formatCount, formatInstant, formatLatency, formatShare } from "./figures.ts";
import { summariseLatency } from "./hdr.ts";
import { countedRestarts, histograms, total } from "./series.ts";

export interface Highlight {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly tone: Tone;
}

export function highlightsOf(result: RunResult): readonly Highlight[] {
  const sent = total(result, "requests_sent");
  const lost = total(result, "requests_lost");
  const latency = summariseLatency(histograms(result, "request_duration").map(({ value }) => value));
  const restarts = countedRestarts(result).length;
  const complete = result.control.rollouts.filter(({ ending, until }) => ending === "complete" && until >= result.warmup);
  const longest = Math.max(0, ...complete.map((rollout) => rollout.until - rollout.from));
  const unfinished = result.control.rollouts.filter(({ ending }) => ending === "unfinished").length;
  return [
    ...(result.names.loads.length === 0
      ? []
      : [
          tile(
            "requests lost",
            formatCount(lost),
            `${formatShare(sent === 0 ? 0 : lost / sent)} of ${formatCount(sent)}`,
            lost > 0 ? "bad" : "good",
          ),
        ]),
    ...(latency === null || latency.count === 1
      ? []
      : [tile("answer, p99", formatLatency(latency.p99), `median ${formatLatency(latency.p50)}`, "plain")]),
    tile("restarts", formatCount(restarts), restarts === 0 ? "none" : "see Restarts", restarts > 0 ? "bad" : "good"),
    ...(complete.length === 0
      ? []
      : [tile(complete.length === 1 ? "rollout took" : "longest rollout", formatInstant(longest), `${complete.length} complete`, "plain")]),
    ...(unfinished === 0 ? [] : [tile("rollouts not complete", formatCount(unfinished), "at the end", "bad")]),
  ];
}

function tile(label: string, value: string, note: string, tone: Tone): Highlight {
  return { label, value, note, tone };
}
