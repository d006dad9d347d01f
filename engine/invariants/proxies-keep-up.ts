/**
 * No new connection goes to an endpoint that a slice doesn't call ready any more, once the place's Service proxy must have heard of
 * it: a place sends requests by a version of a Service's endpoints only until the next version was due.
 *
 *   committed ── endpoint lag, watch latency ──▶ learnt ── a run that is under way, min sync ──▶ run ──▶ due
 *
 * Nothing here is the proxy's own bookkeeping: the watch latency is drawn anew by its name, the rest is the longest that the
 * settings allow. Sources: pkg/proxy BoundedFrequencyRunner, syncProxyRules.
 */
import { formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const proxiesKeepUpDefinition: InvariantDefinition = {
  name: "proxies-keep-up",
  scope: "node",
  meaning:
    "no place sends requests by a version of a Service's endpoints once the next one was due: committed, learnt, the run before it, min sync and its own run",
};

export interface ProxyTerms {
  readonly minSync: Duration;
  readonly runTime: Duration;
  readonly runPerEndpoint: Duration;
}

/** `endpoints`: the most that the run under way and the one that takes the version write, together. */
export function proxyDue(learntAt: VirtualTime, endpoints: number, { minSync, runTime, runPerEndpoint }: ProxyTerms): VirtualTime {
  // Each run takes whole µs, and at least one.
  return learntAt + minSync + Math.ceil(2 * runTime + runPerEndpoint * endpoints) + 2;
}

/** Of a place that asks for addresses every `period`: `servedFrom` is when the answer tells of the version. */
export function lookUpDue(servedFrom: VirtualTime, period: Duration): VirtualTime {
  return servedFrom + Math.max(1, period);
}

/** A place sent by the version before until `until`; `due`: when it had to send by this one. */
export function proxiesKeepUp(
  place: number,
  version: { readonly service: string; readonly position: number; readonly committedAt: VirtualTime },
  due: VirtualTime,
  until: VirtualTime,
): string | null {
  if (until <= due) return null;
  const { service, position, committedAt } = version;
  return (
    `place ${place}: requests to ${service} went by its endpoints before version ${position} until ${formatTime(until)}, ` +
    `${formatTime(until - due)} longer than proxies may take (committed at ${formatTime(committedAt)})`
  );
}
