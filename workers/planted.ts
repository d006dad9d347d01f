/**
 * A small random model for the tests of this folder: logical processes that send each other bodies, arm and
 * cancel timers and read a bulletin; and, on request, a planted fault: one that throws, leaves its thread,
 * eats all memory, never ends, or orders its events by shard. An alarm never heard is not an alarm.
 */
import { assert, unreachable } from "../engine/kernel/assert.ts";
import { Bulletin } from "../engine/kernel/bulletin.ts";
import { CauseTable } from "../engine/kernel/causes.ts";
import type { LpId } from "../engine/kernel/event.ts";
import type { LogicalProcess } from "../engine/kernel/logical-process.ts";
import { Mailbox } from "../engine/kernel/mailbox.ts";
import { streamKey, uniform, type StreamKey } from "../engine/kernel/random.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import type { Duration, VirtualTime } from "../engine/kernel/time.ts";
import type { TimerId } from "../engine/kernel/timer-table.ts";
import type { ShardHost, ShardOptions } from "../engine/shard-host.ts";

export interface PlantedOptions {
  readonly lps: number;
  readonly seed: number;
  readonly end: VirtualTime;
  readonly lookahead: Duration;
  /** Messages under way per LP. */
  readonly messages: number;
  /** Longest text of a body. */
  readonly textLength: number;
  /** Empty: nothing is wrong. */
  readonly plants: readonly Plant[];
}

export interface Plant {
  readonly type: "throw" | "exit" | "memory" | "endless" | "order";
  readonly lp: LpId;
  /** From the LP's first event at or after this instant. */
  readonly at: VirtualTime;
}

/** What each LP saw, in its order. */
export type PlantedResult = readonly { readonly lp: LpId; readonly seen: readonly string[] }[];

interface Body {
  readonly hops: number;
  readonly text: string;
}

export function buildPlanted(options: PlantedOptions, shard: ShardOptions): ShardHost {
  const simulator = new Simulator({
    lpCount: options.lps,
    shard: shard.shard,
    shardOf: shard.shardOf,
    outbox: shard.outbox,
    trace: shard.trace ?? null,
  });
  const causes = new CauseTable();
  const world: World = { options, simulator, causes, mailbox: new Mailbox<Body>(simulator, causes), bulletin: new Bulletin<number>() };
  const { broadcast } = shard;
  if (broadcast !== null) {
    world.bulletin.onAppend = (entry, validFrom): void =>
      broadcast((writer) => {
        writer.number(validFrom);
        writer.int(entry);
      });
  }
  const lps: PlantedLp[] = [];
  for (let id = 0; id < options.lps; id++) {
    if (shard.shardOf[id] !== shard.shard) continue;
    const lp = new PlantedLp(id, world);
    lps.push(lp);
    simulator.add(lp);
    lp.begin();
  }
  return {
    simulator,
    encode(payload, writer) {
      const body = world.mailbox.take(payload);
      writer.number(causes.current);
      writer.int(body.hops);
      writer.text(body.text);
    },
    decode(reader) {
      const cause = reader.number();
      const hops = reader.int();
      return world.mailbox.put({ hops, text: reader.text() }, cause);
    },
    receiveBroadcast(reader) {
      const validFrom = reader.number();
      world.bulletin.receive(reader.int(), validFrom);
    },
    progress: () => ({ pods: lps.length, lost: 0 }),
    finish: (): PlantedResult => lps.map((lp) => ({ lp: lp.id, seen: lp.seen })),
  };
}

interface World {
  readonly options: PlantedOptions;
  readonly simulator: Simulator;
  readonly causes: CauseTable;
  readonly mailbox: Mailbox<Body>;
  /** Written by LP 0 alone. */
  readonly bulletin: Bulletin<number>;
}

class PlantedLp implements LogicalProcess {
  readonly id: LpId;
  readonly seen: string[] = [];
  private readonly world: World;
  private readonly key: StreamKey;
  private draws = 0;
  private readonly oneShot: TimerId;
  private readonly periodic: TimerId;

  constructor(id: LpId, world: World) {
    this.id = id;
    this.world = world;
    this.key = streamKey(world.options.seed, "planted", `lp/${id}`);
    this.oneShot = world.simulator.timers.create(id, 0, 0);
    this.periodic = world.simulator.timers.create(id, 1, 0);
  }

  begin(): void {
    const { lookahead, messages } = this.world.options;
    for (let message = 0; message < messages; message++) this.send(0, 0);
    this.world.simulator.armPeriodic(this.periodic, 1 + this.draw(4) * lookahead, lookahead * 3);
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    const { hops, text } = this.world.mailbox.take(payload);
    this.see(now, `message ${hops} from ${origin} of ${this.world.causes.current}: ${text}`);
    this.world.causes.note(this.id, 1, origin, now);
    this.send(now, hops + 1);
    if (this.draw(4) === 0) this.world.simulator.arm(this.oneShot, now + 1 + this.draw(this.world.options.lookahead * 2));
    if (this.draw(8) === 0) this.world.simulator.cancel(this.oneShot);
    if (this.id === 0 && this.draw(4) === 0) this.world.bulletin.append(hops, now + this.world.options.lookahead);
  }

  onTimer(now: VirtualTime, slot: number): void {
    this.see(now, `timer ${slot}`);
  }

  /** Half of the delays lie on a coarse grid, so that many events meet in one instant. */
  private send(now: VirtualTime, hops: number): void {
    const { lookahead, lps, textLength } = this.world.options;
    const receiver = this.draw(lps);
    const step = Math.max(1, Math.floor(lookahead / 2));
    const extra = this.draw(2) === 0 ? this.draw(4) * step : this.draw(lookahead * 3);
    const text = "µ".repeat(this.draw(textLength + 1));
    this.world.mailbox.postFrom(this.id, receiver, now + lookahead + extra + this.disorder(now), { hops, text });
  }

  private see(now: VirtualTime, what: string): void {
    this.seen.push(`${now} ${what}, bulletin ${this.latestEntry(now)}`);
    for (const plant of this.world.options.plants) {
      if (plant.lp === this.id && now >= plant.at) spring(plant);
    }
  }

  private latestEntry(now: VirtualTime): number {
    const { bulletin } = this.world;
    for (let position = bulletin.length - 1; position >= 0; position--) {
      if (bulletin.validFrom(position) <= now) return bulletin.entry(position);
    }
    return -1;
  }

  /** The planted ordering fault: a delay that depends on the shard. */
  private disorder(now: VirtualTime): Duration {
    const { options, simulator } = this.world;
    return options.plants.some((plant) => plant.type === "order" && plant.lp === this.id && now >= plant.at) ? simulator.shard : 0;
  }

  private draw(bound: number): number {
    return Math.floor(uniform(this.key.hi, this.key.lo, this.draws++) * bound);
  }
}

function spring(plant: Plant): void {
  switch (plant.type) {
    case "throw":
      throw new Error("planted fault");
    case "exit":
      return process.exit(7);
    case "memory":
      return eatAllMemory();
    case "endless":
      for (;;);
    case "order":
      return;
    default:
      return unreachable(plant.type);
  }
}

function eatAllMemory(): void {
  const eaten: object[][] = [];
  for (;;) {
    eaten.push(Array.from({ length: 100_000 }, (_, index) => ({ index })));
    assert(eaten.length < 10_000, "memory has no limit here");
  }
}
