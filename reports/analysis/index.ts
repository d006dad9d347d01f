/** The questions a report answers, in its order. */
import { availability } from "./availability.ts";
import { calls } from "./calls.ts";
import { faults } from "./faults.ts";
import { honesty } from "./honesty.ts";
import { lostTraffic } from "./lost-traffic.ts";
import { probeLatency } from "./probe-latency.ts";
import { requests } from "./requests.ts";
import { restartStorms } from "./restart-storm.ts";
import { rolloutTimeline } from "./rollout-timeline.ts";
import type { Analysis } from "./section.ts";
import { violations } from "./violations.ts";

export const analyses: readonly Analysis[] = [
  violations,
  requests,
  lostTraffic,
  calls,
  rolloutTimeline,
  availability,
  restartStorms,
  probeLatency,
  faults,
  honesty,
];
