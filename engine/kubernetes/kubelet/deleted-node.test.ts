/** A Node that is deleted while cordoned: its kubelet hears of nothing, and tells nothing. */
import { expect, test } from "vitest";
import { MINUTE } from "../../kernel/time.ts";
import { clusterSpec, oneShard } from "../../testdata/cluster.ts";

test("no Event says that it can be scheduled on again", () => {
  const nodes = [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }];
  const actions = [
    { at: "20s", cordon: { node: "node-0" } },
    { at: "60s", delete: { node: "node-0" } },
  ];
  const shard = oneShard(clusterSpec({ seed: 1, duration: "3m", nodes, actions }, []), { events: true });
  shard.simulator.runUntil(2 * MINUTE);
  const told = shard.events!.list(2 * MINUTE).flatMap(({ object, reason }) => (object.name === "node-0" ? [reason] : []));
  expect(told).toContain("NodeNotSchedulable");
  expect(told).not.toContain("NodeSchedulable");
});
