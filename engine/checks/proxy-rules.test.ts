import { expect, test } from "vitest";
import { defaultSettings, type Settings } from "../settings.ts";
import { Bulletin } from "../kernel/bulletin.ts";
import { MILLISECOND, SECOND, type VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { ViewScope } from "../kubernetes/network/endpoint-view.ts";
import { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { newestVersions, versionsOfMinor } from "../kubernetes/versions.ts";
import { ProxyRules } from "./proxy-rules.ts";

const WAY_OUT = 250;

interface Write {
  readonly at: VirtualTime;
  /** A fault lets proxies know so much later. */
  readonly lag?: number;
  readonly changed?: number;
}

interface Cluster {
  /** Of the proxies; the rules know the defaults. */
  readonly settings?: Partial<Settings>;
  readonly known?: Partial<Settings>;
  readonly scope?: ViewScope;
  readonly minor?: number;
  readonly isOwn?: (place: number) => boolean;
  readonly until?: VirtualTime;
}

/** What the rule says of 20 places, each of which learns of all the writes. */
function ringsOf(writes: readonly Write[], { settings = {}, known = {}, scope, minor, isOwn = () => true, until }: Cluster = {}): string[] {
  const log = new Bulletin<EndpointEntry>();
  const actual = { ...defaultSettings, ...settings };
  [{ at: 0 } as Write, ...writes].forEach(({ at, lag = 0, changed = 1 }, position) => {
    const entry = { position, service: 0, committedAt: at, pods: [position, position + 1], nodes: [0, 1], changed, cause: 0 };
    log.append(entry, at === 0 ? 0 : at + actual.watchLatencyFloor + lag);
  });
  const versions = minor === undefined ? newestVersions : versionsOfMinor(minor);
  const rings: string[] = [];
  const beliefs = new ProxyRules({
    log,
    settings: { ...defaultSettings, ...known },
    seed: 1,
    versions,
    isOwn,
    serviceName: () => "default/shop",
    ring: (rule, now, message) => void rings.push(`${now} ${rule}: ${message}`),
  });
  const table = new ProxyTable({
    log,
    settings: actual,
    seed: 1,
    wayOut: WAY_OUT,
    versions,
    beliefs,
    audiences: [{ service: 0, places: 20, ...(scope === undefined ? {} : { scope }) }],
    listener: { joined: () => {}, left: () => {} },
  });
  table.settle();
  table.review(until ?? 300 * SECOND);
  return rings;
}

/** Some alone, some in one another's way, and a burst. */
const writes: readonly Write[] = [
  ...[10, 10.1, 10.9, 11, 30, 60, 60.002].map((at) => ({ at: at * SECOND })),
  ...Array.from({ length: 100 }, (_, index) => ({ at: 100 * SECOND + index * 37 * MILLISECOND, changed: 100 })),
];

const shortTtl: ViewScope = { by: "registry", isLocal: false, refresh: 5 * SECOND, lag: 2 * SECOND };

test.each<readonly [string, Cluster]>([
  ["of the newest release", {}],
  ["that rewrite everything, and may run twice at once", { minor: 20 }],
  ["that wait ten seconds between two runs", { settings: { proxyMinSync: 10 * SECOND }, known: { proxyMinSync: 10 * SECOND } }],
  ["whose runs take long", { settings: { proxyRunPerEndpoint: 5_000 }, known: { proxyRunPerEndpoint: 5_000 } }],
  ["whose watches are slow", { settings: { watchLatencyP99: 5 * SECOND }, known: { watchLatencyP99: 5 * SECOND } }],
  ["of clients that ask a name server", { scope: { by: "dns", isLocal: false } }],
  ["of clients that ask a registry", { scope: shortTtl }],
])("places keep up by proxies %s", (_, cluster) => {
  expect(ringsOf(writes, cluster)).toEqual([]);
});

test("a fault that delays what proxies learn is no fault of theirs", () => {
  expect(ringsOf([{ at: 10 * SECOND, lag: 20 * SECOND }, { at: 11 * SECOND, lag: 19 * SECOND }, { at: 40 * SECOND }])).toEqual([]);
});

test.each<readonly [string, Cluster]>([
  ["runs that take two seconds", { settings: { proxyRunTime: 2 * SECOND } }],
  ["five seconds between two runs", { settings: { proxyMinSync: 5 * SECOND } }],
  ["a watch that is slower than it should be", { settings: { watchLatency: 4 * SECOND, watchLatencyP99: 4 * SECOND } }],
  ["names that are kept for longer", { scope: { by: "dns", isLocal: false }, settings: { dnsTtl: 90 * SECOND } }],
])("rings for %s", (_, cluster) => {
  const rings = ringsOf(writes, cluster);
  expect(rings.length).toBeGreaterThan(0);
  for (const ring of rings) expect(ring).toContain("proxies-keep-up: place ");
});

test("says which place sent by what for how long too long", () => {
  const rings = ringsOf([{ at: 10 * SECOND }], {
    settings: { proxyRunTime: 31 * SECOND, watchLatency: 1 * MILLISECOND, watchLatencyP99: 1 * MILLISECOND },
    known: { watchLatency: 1 * MILLISECOND, watchLatencyP99: 1 * MILLISECOND },
    isOwn: (place) => place === 3,
  });
  expect(rings).toEqual([
    "41001050 proxies-keep-up: place 3: requests to default/shop went by its endpoints before version 1 until 41.001s, 29.98s longer than proxies may take (committed at 10s)",
  ]);
});

test("rings at the end of the run for what a place never learnt", () => {
  const rings = ringsOf([{ at: 10 * SECOND }], { settings: { proxyRunTime: 1000 * SECOND }, until: 60 * SECOND });
  expect(rings.length).toBe(20);
  expect(new Set(rings.map((ring) => ring.split(" ")[0]))).toEqual(new Set([String(60 * SECOND - WAY_OUT)]));
});
