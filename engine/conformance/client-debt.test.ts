/** Debts of clients are proven by beats that chance doesn't keep and this case's own requests don't explain. */
import { describe, expect, test } from "vitest";
import { streamKey, uniform } from "../kernel/random.ts";
import { clientDebts, type ClientDebt } from "./client-debt.ts";
import type { TraceEntry } from "./trace.ts";

const limits = { controller: { intervalMs: 50, burst: 30 }, kubelet: { intervalMs: 200, burst: 10 } };

const created = (atMs: number, index: number): TraceEntry => ({
  atMs,
  kind: "Pod",
  name: `web-1-${index}`,
  change: { event: "added", owner: "ReplicaSet/web-1" },
});

/** Seen up to 6 ms late. */
const onBeats = (beats: readonly number[], intervalMs: number): number[] =>
  beats.map((beat, index) => 1_013 + beat * intervalMs + ((index * 5) % 7));

const unevenBeats = [0, 1, 4, 5, 6, 9, 11, 12, 16, 17, 20, 21, 24, 27, 28, 33] as const;

function creations(instants: readonly number[]): readonly ClientDebt[] {
  return clientDebts(instants.map(created), limits);
}

describe("the ReplicaSet controller's client", () => {
  test("was in debt if its requests keep a beat with gaps for others", () => {
    const [debt, ...more] = creations(onBeats(unevenBeats, 50));
    expect(more).toEqual([]);
    expect(debt).toMatchObject({ node: null, limit: limits.controller, others: 34 - unevenBeats.length });
    expect(debt!.untilMs - debt!.fromMs).toBeGreaterThan(33 * 50 - 10);
  });

  test.each([
    ["no requests", []],
    ["too few requests", onBeats(unevenBeats.slice(0, 9), 50)],
    ["another beat", onBeats(unevenBeats, 67)],
    ["requests all at once", unevenBeats.map((_, index) => 1_000 + index)],
    ["no gaps: only this case's requests", onBeats([...Array(16).keys()], 50)],
  ])("wasn't with %s", (_, instants) => expect(creations(instants)).toEqual([]));

  test("wasn't if this case had used up its tokens itself", () => {
    const burst = Array.from({ length: 25 }, (_, index) => 1_000 + index / 10);
    expect(creations([...burst, ...onBeats(unevenBeats, 50)])).toEqual([]);
    expect(creations([...burst, ...onBeats(unevenBeats, 50).map((at) => at + 10_000)])).toHaveLength(1);
  });

  test("almost never is by chance", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { hi, lo } = streamKey(seed, "test", "instants");
      let at = 0;
      const instants = Array.from({ length: 60 }, (_, index) => (at += 25 + Math.round(200 * uniform(hi, lo, index))));
      expect(creations(instants), `seed ${seed}`).toEqual([]);
    }
  });

  test("sends deletions, statuses and Events, and no changes of sizes", () => {
    const instants = onBeats(unevenBeats, 50);
    const kinds: readonly ((atMs: number) => TraceEntry)[] = [
      (atMs) => ({ atMs, kind: "Pod", name: "web-1-0", change: { "deletion.graceSeconds": 30 } }),
      (atMs) => ({ atMs, kind: "ReplicaSet", name: "web-1", change: { ready: 3 } }),
      (atMs) => ({ atMs, kind: "Event", name: "web-1", change: { from: "replicaset-controller" } }),
    ];
    const mixed = instants.map((at, index) => (index === 0 ? created(at, 0) : kinds[index % 3]!(at)));
    expect(clientDebts(mixed, limits)).toHaveLength(1);
    const scaled = instants.map((atMs): TraceEntry => ({ atMs, kind: "ReplicaSet", name: "web-1", change: { "spec.replicas": 3 } }));
    expect(clientDebts(scaled, limits)).toEqual([]);
  });
});

describe("a kubelet's client", () => {
  /** A status takes two tokens. */
  const statuses = (node: string, field: string): TraceEntry[] =>
    onBeats([0, 2, 7, 9, 15, 17, 24, 26, 33, 36, 42, 48], 200).map((atMs, index) => ({
      atMs,
      kind: "Pod",
      name: node,
      change: { [field]: `${index}`, ...(index === 0 ? { node } : {}) },
    }));

  test("was in debt if statuses of its node's Pods keep its beat", () => {
    expect(clientDebts(statuses("m0", "containers.app.state"), limits)).toEqual([
      { node: "m0", limit: limits.kubelet, fromMs: expect.any(Number) as number, untilMs: expect.any(Number) as number, others: 25 },
    ]);
  });

  test("doesn't write what others write", () => expect(clientDebts(statuses("m0", "deletion.deadline_ms"), limits)).toEqual([]));
});
