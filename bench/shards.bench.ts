/**
 * What sharding gains and costs: two shards against one on PHOLD, beside the machine's own limit (two
 * independent copies at once); then how much work a window must hold before a second shard pays.
 */
import { usualPhold } from "../engine/kernel/phold.ts";
import { MILLISECOND, SECOND, formatTime, type Duration } from "../engine/kernel/time.ts";
import { runPholdShards, type PholdFigures, type PholdRun } from "../workers/phold.ts";
import { ShardPool } from "../workers/pool.ts";
import type { Bench, Contestant, Harness, Sample } from "./bench.ts";

const SHARDS = 2;
const SEED = 1;

export const bench: Bench = {
  summary: "speed-up of two shards beside the machine's limit, work per window and break-even, share of time waiting",
  async run(harness) {
    const pools = {
      together: new ShardPool({ threads: SHARDS }),
      apart: Array.from({ length: SHARDS }, () => new ShardPool({ threads: 1 })),
    };
    try {
      await measureSpeedUp(harness, pools);
      await measureWindows(harness, pools.together);
    } finally {
      await Promise.all([pools.together, ...pools.apart].map((pool) => pool.close()));
    }
  },
};

interface Pools {
  /** One pool with a thread for each shard. */
  readonly together: ShardPool;
  /** As many pools of one thread, for independent copies. */
  readonly apart: readonly ShardPool[];
}

async function measureSpeedUp(harness: Harness, pools: Pools): Promise<void> {
  const run: PholdRun = { options: { ...usualPhold, lps: 65_536 }, seed: SEED, end: (harness.isQuick ? 1 : 12) * SECOND };
  harness.heading(`65,536 LPs × 16 events, lookahead ${formatTime(run.options.lookahead)}, 45 % of the events cross shards`);
  const watched = watch();
  const [one, two, copies] = await harness.compare("events/s", [
    { name: "1 shard", run: async () => watched.sample(await runPholdShards(run, 1, pools.together)) },
    { name: `${SHARDS} shards`, run: async () => watched.sample(await runPholdShards(run, SHARDS, pools.together)) },
    {
      name: `${SHARDS} copies at once`,
      run: async () => together(await Promise.all(pools.apart.map((pool) => runPholdShards(run, 1, pool)))),
    },
  ]);
  watched.assertSame();
  const limit = harness.ratio("the machine's limit: copies ÷ 1 shard", copies!, one!);
  const speedUp = harness.ratio(`${SHARDS} shards ÷ 1 shard`, two!, one!, Math.min(1.3, Math.round(70 * limit.median) / 100));
  harness.note(
    `${Math.round((100 * speedUp.median) / limit.median)} % of what the machine allows; shards waited ${watched.waiting()}; same fingerprint`,
  );
}

/** The shorter the lookahead, the less work a window holds. */
async function measureWindows(harness: Harness, pool: ShardPool): Promise<void> {
  harness.heading("work per window: the same model with ever shorter lookahead");
  const points: { readonly work: number; readonly speedUp: number }[] = [];
  const lookaheads = [100 * MILLISECOND, 10 * MILLISECOND, MILLISECOND, 200, 50];
  for (const lookahead of harness.isQuick ? lookaheads.slice(1, 4) : lookaheads) {
    const run: PholdRun = {
      options: { ...usualPhold, lps: harness.isQuick ? 16_384 : 65_536, lookahead },
      seed: SEED,
      end: endOf(lookahead, harness.isQuick),
    };
    const watched = watch();
    const label = formatTime(lookahead);
    const [one, two] = await harness.compare("events/s", [contestant(run, 1, pool, watched), contestant(run, SHARDS, pool, watched)]);
    watched.assertSame();
    const events = watched.eventsPerWindow();
    const work = (events / one!.median) * 1e6;
    const speedUp = harness.ratio(`${SHARDS} shards ÷ 1 shard, lookahead ${label}`, two!, one!);
    harness.note(
      `${Math.round(events)} events a window, ${work.toPrecision(3)} µs of one shard's work; shards waited ${watched.waiting()}`,
    );
    points.push({ work, speedUp: speedUp.median });
  }
  const least = points.findLast((point) => point.speedUp >= 1);
  if (least === undefined) harness.note("no window measured paid for a second shard");
  else harness.figure("least window measured that pays", "µs of work", least.work);
}

function contestant(run: PholdRun, shards: number, pool: ShardPool, watched: Watched): Contestant {
  return {
    name: `${shards} shard${shards === 1 ? "" : "s"}, lookahead ${formatTime(run.options.lookahead)}`,
    run: async () => watched.sample(await runPholdShards(run, shards, pool)),
  };
}

/** About a second of work, in which the longest lookahead still has a few windows. */
function endOf(lookahead: Duration, isQuick: boolean): Duration {
  const end = lookahead >= 10 * MILLISECOND ? SECOND : SECOND / 2;
  return isQuick ? end / 2 : end;
}

function together(copies: readonly PholdFigures[]): Sample {
  return { work: copies.reduce((sum, copy) => sum + copy.events, 0), seconds: Math.max(...copies.map((copy) => copy.wallSeconds)) };
}

interface Watched {
  sample(figures: PholdFigures): Sample;
  /** One shard or several, the events are the same. */
  assertSame(): void;
  eventsPerWindow(): number;
  /** Median share of time that each shard waited. */
  waiting(): string;
}

/** Keeps what a rate doesn't show. */
function watch(): Watched {
  const fingerprints = new Set<string>();
  const shares: (readonly number[])[] = [];
  let eventsPerWindow = 0;
  return {
    sample(figures) {
      fingerprints.add(figures.fingerprint);
      if (figures.waitingShares.length > 1) {
        shares.push(figures.waitingShares);
        eventsPerWindow = figures.events / figures.windows;
      }
      return { work: figures.events, seconds: figures.wallSeconds };
    },
    assertSame() {
      if (fingerprints.size !== 1) throw new Error(`shards change the fingerprint: ${[...fingerprints].join(", ")}`);
    },
    eventsPerWindow: () => eventsPerWindow,
    waiting: () =>
      Array.from({ length: SHARDS }, (_, shard) => `${Math.round(100 * median(shares.map((share) => share[shard] ?? 0)))} %`).join(" and "),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
