import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { Bulletin } from "../../kernel/bulletin.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { newestVersions, versionsOfMinor, type Versions } from "../versions.ts";
import type { EndpointEntry } from "./endpoint-log.ts";
import { ProxyTable, type ProxySettings } from "./service-proxy.ts";
import { NO_VERSION } from "./service-versions.ts";

/** Every watch takes 2 ms, a run 10 ms + 1 ms per changed endpoint. */
const plain: ProxySettings = {
  watchLatency: 2 * MILLISECOND,
  watchLatencyP99: 2 * MILLISECOND,
  watchLatencyFloor: 2 * MILLISECOND,
  proxyMinSync: 1 * SECOND,
  proxyRunTime: 10 * MILLISECOND,
  proxyRunPerEndpoint: 1 * MILLISECOND,
  dnsTtl: 30 * SECOND,
};
const jittered: ProxySettings = { ...plain, watchLatencyFloor: 1 * MILLISECOND, watchLatencyP99: 50 * MILLISECOND };

interface Write {
  readonly at: number;
  readonly service?: number;
  readonly pods: readonly number[];
}

function logOf(writes: readonly Write[], settings: ProxySettings): Bulletin<EndpointEntry> {
  const log = new Bulletin<EndpointEntry>();
  writes.forEach(({ at, service = 0, pods }, position) => {
    const entry = { position, service, committedAt: at, pods, nodes: pods.map((pod) => pod % 3), changed: 1, cause: 0 };
    log.append(entry, at <= 0 ? 0 : at + settings.watchLatencyFloor);
  });
  return log;
}

function tableOf(
  log: Bulletin<EndpointEntry>,
  settings: ProxySettings,
  places: number,
  changes: string[] = [],
  versions: Versions = newestVersions,
): ProxyTable {
  return new ProxyTable({
    versions,
    log,
    settings,
    seed: 1,
    wayOut: 250,
    audiences: [{ service: 0, places }],
    listener: {
      joined: (_, pod, node, position) => void changes.push(`+${pod}@${node} in ${position}`),
      left: (_, pod, position) => void changes.push(`-${pod} in ${position}`),
    },
  });
}

/** Instants at which the belief of place 0 changes, to the µs. */
function switches(table: ProxyTable, until: number): string[] {
  const found: string[] = [];
  let belief = table.belief(0, 0);
  for (let now = 0; now <= until; now += 500) {
    table.advance(now);
    if (table.belief(0, 0) === belief) continue;
    belief = table.belief(0, 0);
    found.push(`${belief} at ${now / MILLISECOND}`);
  }
  return found;
}

describe("a Service proxy", () => {
  test("that has rested runs at once: commit + watch + run", () => {
    const table = tableOf(
      logOf(
        [
          { at: 0, pods: [1] },
          { at: 5000 * MILLISECOND, pods: [1, 2] },
        ],
        plain,
      ),
      plain,
      1,
    );
    table.settle();
    expect(switches(table, 6 * SECOND)).toEqual(["1 at 5013"]);
  });

  test("that ran lately waits for the end of its last run plus the minimum, and then takes all it has learnt", () => {
    const writes = [
      { at: 0, pods: [1] },
      { at: 1000 * MILLISECOND, pods: [2] },
      { at: 1300 * MILLISECOND, pods: [3] },
      { at: 1900 * MILLISECOND, pods: [4] },
    ];
    const table = tableOf(logOf(writes, plain), plain, 1);
    table.settle();
    // First run ends at 1013; the second starts at 2013 with two entries, so it takes 12 ms.
    expect(switches(table, 4 * SECOND)).toEqual(["1 at 1013", "3 at 2025"]);
  });

  test("learns during a run what the next run will take", () => {
    const writes = [
      { at: 0, pods: [1] },
      { at: 1000 * MILLISECOND, pods: [2] },
      { at: 1005 * MILLISECOND, pods: [3] },
    ];
    const table = tableOf(logOf(writes, plain), plain, 1);
    table.settle();
    expect(switches(table, 4 * SECOND)).toEqual(["1 at 1013", "2 at 2024"]);
  });

  test("is kept busy by Services that nobody loads", () => {
    const writes = [
      { at: 0, pods: [1] },
      { at: 1000 * MILLISECOND, service: 5, pods: [9] },
      { at: 1500 * MILLISECOND, pods: [2] },
    ];
    const table = tableOf(logOf(writes, plain), plain, 1);
    table.settle();
    expect(switches(table, 4 * SECOND)).toEqual(["2 at 2024"]);
  });

  test("of 1.20 runs twice at once and then once per minimum, and rewrites every Service each time", () => {
    const writes = [
      { at: 0, pods: [1] },
      { at: 0, service: 5, pods: [2, 3, 4] },
      { at: 1000 * MILLISECOND, pods: [2] },
      { at: 1100 * MILLISECOND, pods: [3] },
      { at: 1200 * MILLISECOND, pods: [4] },
    ];
    const table = tableOf(logOf(writes, plain), plain, 1, [], versionsOfMinor(20));
    table.settle();
    // Runs begin 2 ms after a write and take 10 ms + 1 ms for each of four endpoints; the third waits for a token.
    expect(switches(table, 4 * SECOND)).toEqual(["2 at 1016", "3 at 1116", "4 at 2016"]);
  });

  test("begins without endpoints when nothing is settled", () => {
    const table = tableOf(logOf([{ at: 1000 * MILLISECOND, pods: [1] }], plain), plain, 2);
    table.advance(0);
    expect(table.belief(1, 0)).toBe(NO_VERSION);
    table.advance(1013 * MILLISECOND);
    expect(table.belief(1, 0)).toBe(0);
  });

  test("lets requests follow a belief one way out later", () => {
    const table = tableOf(
      logOf(
        [
          { at: 0, pods: [1] },
          { at: 1000 * MILLISECOND, pods: [2] },
        ],
        plain,
      ),
      plain,
      1,
    );
    table.settle();
    table.advance(1013 * MILLISECOND + 249);
    expect([table.belief(0, 0), table.sentBy(0, 0)]).toEqual([1, 0]);
    table.advance(1013 * MILLISECOND + 250);
    expect(table.sentBy(0, 0)).toBe(1);
  });

  test("tells who joined and who left when an entry becomes valid", () => {
    const changes: string[] = [];
    const table = tableOf(
      logOf(
        [
          { at: 0, pods: [1, 4, 6] },
          { at: 1000, pods: [2, 4, 7] },
          { at: 2000, pods: [] },
        ],
        plain,
      ),
      plain,
      1,
      changes,
    );
    table.settle();
    table.advance(10_000);
    expect(changes).toEqual([
      "+1@1 in 0",
      "+4@1 in 0",
      "+6@0 in 0",
      "-1 in 1",
      "+2@2 in 1",
      "-6 in 1",
      "+7@1 in 1",
      "-2 in 2",
      "-4 in 2",
      "-7 in 2",
    ]);
  });

  test("learns late by its own draws: places don't switch together", () => {
    const table = tableOf(
      logOf(
        [
          { at: 0, pods: [1] },
          { at: 1000 * MILLISECOND, pods: [2] },
        ],
        jittered,
      ),
      jittered,
      50,
    );
    table.settle();
    table.advance(1014 * MILLISECOND);
    const switched = Array.from({ length: 50 }, (_, place) => table.belief(place, 0)).filter((belief) => belief === 1).length;
    expect(switched).toBeGreaterThan(10);
    expect(switched).toBeLessThan(45);
  });

  property.prop([
    fc.array(fc.record({ gap: fc.integer({ min: 1, max: 900 }), pods: fc.uniqueArray(fc.nat(9), { maxLength: 5 }) }), {
      minLength: 1,
      maxLength: 25,
    }),
    fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 60 }),
  ])("believes the same however often it is looked at", (gaps, looks) => {
    let at = 0;
    const writes = gaps.map(({ gap, pods }) => ({ at: (at += gap * MILLISECOND), pods: [...pods].sort((a, b) => a - b) }));
    const log = logOf(writes, jittered);
    const often = tableOf(log, jittered, 7);
    let now = 0;
    for (const look of looks) often.advance((now += look * MILLISECOND));
    const once = tableOf(log, jittered, 7);
    once.advance(now);
    for (let place = 0; place < 7; place++) expect(often.belief(place, 0)).toBe(once.belief(place, 0));
    expect(often.viewsOf(0)[0]!.bound).toBe(once.viewsOf(0)[0]!.bound);
    expect(often.viewsOf(0)[0]!.live.map((version) => [...version.senders])).toEqual(
      once.viewsOf(0)[0]!.live.map((version) => [...version.senders]),
    );
  });

  property.prop([fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 25 })])(
    "comes to believe the newest version",
    (gaps) => {
      let at = 0;
      const writes = gaps.map((gap, index) => ({ at: (at += gap * MILLISECOND), pods: [index] }));
      const table = tableOf(logOf(writes, jittered), jittered, 5);
      table.advance(at + 10 * SECOND);
      const versions = table.viewsOf(0)[0]!;
      expect(versions.live.map((version) => version.position)).toEqual([gaps.length - 1]);
      expect(versions.newest.senders[0]).toBe(5);
    },
  );
});
