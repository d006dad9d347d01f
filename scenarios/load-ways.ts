/** What clients of a load do about failures, and how they reach their endpoints. */
import type { WrittenConnections, WrittenLoad, WrittenRetries } from "../engine/traffic/load-model.schema.ts";
import type { ConnectionPolicy, LoadSpec } from "../engine/traffic/load-model.ts";
import type { RetryPolicy } from "../engine/traffic/retry-policy.ts";
import { describe } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";
import { readShare } from "./share.ts";

/** A client's usual pause before it tries again. */
const defaultBackoff = 100_000;
/** Of a client library that keeps connections: two per host, as Go's http.Transport. */
const defaultKept = 2;
/** gRPC opens one per target and subchannel. */
const defaultStreams = 1;

type Ways = Pick<LoadSpec, "policy" | "hedging" | "connections" | "discovery">;

export function readRetries(written: WrittenRetries, sections: ScenarioSections, path: string): RetryPolicy {
  const max = written.max ?? 0;
  if (max > 100) sections.report(`${path}.max`, String(max), "at most 100");
  const backoff = written.backoff === undefined ? defaultBackoff : sections.duration(written.backoff, `${path}.backoff`);
  const backoffMax = written.backoffMax === undefined ? undefined : sections.duration(written.backoffMax, `${path}.backoffMax`);
  if (backoffMax !== undefined && backoffMax < backoff)
    sections.report(`${path}.backoffMax`, describe(written.backoffMax), "at least backoff");
  return {
    max,
    backoff,
    ...(written.factor === undefined ? {} : { factor: written.factor }),
    ...(backoffMax === undefined ? {} : { backoffMax }),
    ...(written.jitter === undefined ? {} : { jitter: written.jitter }),
    ...(written.budget === undefined ? {} : { budget: readShare(written.budget, sections, `${path}.budget`) }),
  };
}

export function readWays(written: WrittenLoad, sections: ScenarioSections, path: string): Ways {
  const { connections, discovery, hedging, policy } = written;
  if (policy === "zone-aware" && discovery !== undefined)
    sections.report(
      `${path}.policy`,
      describe(policy),
      "another policy beside discovery",
      "places of one zone would share what each of them looked up",
    );
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(hedging === undefined
      ? {}
      : { hedging: { after: positive(hedging.after, sections, `${path}.hedging.after`), max: hedging.max ?? 1 } }),
    ...(connections === undefined ? {} : { connections: readConnections(connections, sections, `${path}.connections`) }),
    ...(discovery === undefined
      ? {}
      : {
          discovery: {
            refresh: positive(discovery.refresh, sections, `${path}.discovery.refresh`),
            lag: discovery.lag === undefined ? 0 : sections.duration(discovery.lag, `${path}.discovery.lag`),
          },
        }),
  };
}

function readConnections(written: WrittenConnections, sections: ScenarioSections, path: string): ConnectionPolicy {
  const { idleTimeout, kind, maxAge, pick, size } = written;
  return {
    kind,
    size: size ?? (kind === "http2" ? defaultStreams : defaultKept),
    pick: pick ?? (kind === "http2" ? "random" : "lifo"),
    maxAge: maxAge === undefined ? Infinity : positive(maxAge, sections, `${path}.maxAge`),
    idleTimeout: idleTimeout === undefined ? Infinity : positive(idleTimeout, sections, `${path}.idleTimeout`),
  };
}

function positive(written: string | 0, sections: ScenarioSections, path: string): number {
  const micros = sections.duration(written, path);
  if (micros === 0) sections.report(path, describe(written), "more than 0");
  return Math.max(1, micros);
}
