/**
 * Which way the requests of a load take through the model: the one place that decides it, asked by the
 * traffic itself, by `explain` and by whoever estimates a run's cost.
 *
 *   split           first attempts begin at their endpoints and cross nothing: what is chosen depends on the place's state alone
 *   messages        every attempt is a message from the load's source; ends are fixed where they happen
 *   conversations   and every end is told to the source, because what it does next depends on it
 */
import { isSplittable, type ServiceRoute } from "../kubernetes/network/service-route.ts";
import type { LoadSpec } from "./load-model.ts";

export interface TrafficPath {
  readonly kind: "split" | "messages" | "conversations";
  /** Why it isn't split; of one that is, what makes it so. */
  readonly because: string;
}

export function pathOf(load: LoadSpec, route: ServiceRoute): TrafficPath {
  if (isClosed(load)) return { kind: "conversations", because: "a user waits for its answer" };
  if (route.pick === "lc") return { kind: "conversations", because: "least connections counts what is unanswered" };
  if (load.hedging !== undefined) return { kind: "conversations", because: "the first of several answers wins" };
  if (load.connections !== undefined) return { kind: "conversations", because: "connections outlive requests" };
  if (load.executor === "constant-arrival-rate") return { kind: "messages", because: "evenly spaced requests are no Poisson stream" };
  if (route.affinity > 0) return { kind: "messages", because: "session affinity remembers earlier choices" };
  if (route.hasHealthChecks) return { kind: "messages", because: "the load balancer asks nodes for their health" };
  if (!isSplittable(route)) return { kind: "messages", because: `a choice by ${route.pick} depends on earlier ones` };
  return { kind: "split", because: "a Poisson stream chosen for at random" };
}

/** First attempts per second that are to be expected at most: of users, one per pause. */
export function estimatedRate(load: LoadSpec): number {
  if (!isClosed(load)) return load.rate;
  const users = load.executor === "constant-vus" ? load.users : load.userPlan.points.reduce((most, { rate }) => Math.max(most, rate), 0);
  const pause = load.thinkTime.type === "constant" ? load.thinkTime.value : "mean" in load.thinkTime ? load.thinkTime.mean : SHORT_PAUSE;
  return (users * 1_000_000) / Math.max(SHORT_PAUSE, pause);
}

/** A user that doesn't think still waits for its answer: 10 ms. */
const SHORT_PAUSE = 10_000;

export function isClosed(load: LoadSpec): load is Extract<LoadSpec, { thinkTime: unknown }> {
  return load.executor === "constant-vus" || load.executor === "ramping-vus";
}
