/** Loads of every executor, and the ways in which clients ask. */
import fc from "fast-check";
import type { LoadSpec } from "../../../engine/traffic/load-model.ts";
import type { WrittenLoad } from "../../../engine/traffic/load-model.schema.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { retries } from "./applications.arbitrary.ts";
import { listOf, oneOf, seconds, someOf, whole, withoutGaps, type FieldTable } from "./fields.ts";

type Executor = LoadSpec["executor"];

const rate = whole(1, 20).map((count) => `${count}/s`);
const stages = (target: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => listOf(fc.record({ duration: seconds(5, 30), target }), 1, 3);
const shape = oneOf<unknown>(
  { bursts: { every: "20s", for: "2s", factor: 5 } },
  { sinusoid: { period: "40s", amplitude: "60%" } },
  {
    phases: {
      every: "30s",
      points: [
        { at: "0s", factor: 1 },
        { at: "10s", factor: 3 },
      ],
    },
  },
);

/** What each says of how much it asks: a new one that is missing doesn't compile. */
const executors: { readonly [E in Executor]: fc.Arbitrary<PlainDocument> } = {
  "poisson-arrival-rate": fc.oneof({ weight: 4, arbitrary: fc.record({ rate }) }, { weight: 1, arbitrary: fc.record({ rate, shape }) }),
  "constant-arrival-rate": fc.oneof({ weight: 4, arbitrary: fc.record({ rate }) }, { weight: 1, arbitrary: fc.record({ rate, shape }) }),
  "ramping-arrival-rate": fc.record({ startRate: rate, stages: stages(rate) }),
  "constant-vus": fc.record({ vus: whole(1, 5), thinkTime: oneOf<unknown>("1s", { exponential: { mean: "500ms" } }) }),
  "ramping-vus": fc.record({ startVUs: whole(0, 3), stages: stages(whole(0, 6)) }),
};

export const executorNames: readonly Executor[] = Object.keys(executors) as Executor[];

const loadFields: FieldTable<WrittenLoad> = {
  name: null,
  target: null,
  port: fc.constant(80),
  // Of the executor, see above.
  executor: null,
  rate: null,
  startRate: null,
  vus: null,
  startVUs: null,
  stages: null,
  thinkTime: null,
  shape: null,
  // A file beside the scenario.
  trace: null,
  from: seconds(0, 20),
  until: seconds(40, 60),
  timeout: oneOf("1s", "200ms", "3s"),
  retries,
  hedging: oneOf<unknown>({ after: "100ms" }, { after: "50ms", max: 2 }),
  policy: oneOf("random", "round-robin", "least-connections", "zone-aware"),
  connections: fc.oneof(
    someOf({ size: whole(1, 4), pick: oneOf("lifo", "random"), maxAge: seconds(5, 30), idleTimeout: seconds(1, 10) }, 4).map((more) => ({
      kind: "keep-alive",
      ...more,
    })),
    someOf({ size: whole(1, 2), maxAge: seconds(5, 30) }, 4).map((more) => ({ kind: "http2", ...more })),
  ),
  discovery: oneOf<unknown>({ refresh: "5s" }, { refresh: "10s", lag: "2s" }),
  places: whole(1, 3),
  via: oneOf("cluster-ip", "node-port", "load-balancer"),
  clients: whole(1, 5),
};

export interface LoadDraw {
  readonly target: number;
  readonly executor: Executor;
  readonly ofExecutor: PlainDocument;
  readonly fields: PlainDocument;
}

const loadDraw: fc.Arbitrary<LoadDraw> = fc
  .constantFrom(...executorNames)
  .chain((executor) =>
    fc.record({ target: fc.nat(3), executor: fc.constant(executor), ofExecutor: executors[executor], fields: someOf(loadFields, 1) }),
  );

export const loadDraws: fc.Arbitrary<readonly LoadDraw[]> = listOf(loadDraw, 1, 2);

export function loadDocument({ executor, ofExecutor, fields }: LoadDraw, name: string, target: string): PlainDocument {
  return withoutGaps({ name, target, executor, ...ofExecutor, ...fields });
}
