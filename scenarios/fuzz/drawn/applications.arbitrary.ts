/** How containers behave: every trait of `applications`, few at once. */
import fc from "fast-check";
import type { WrittenApplication } from "../../../engine/application/application.schema.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { allOf, listOf, maybe, oneOf, seconds, share, someOf, whole, type FieldTable } from "./fields.ts";

const span: fc.Arbitrary<unknown> = fc.oneof(
  oneOf<unknown>(
    "5ms",
    "20ms",
    { exponential: { mean: "10ms" } },
    { uniform: { min: "1ms", max: "50ms" } },
    { normal: { mean: "20ms", deviation: "5ms" } },
  ),
  oneOf<unknown>(
    { logNormal: { median: "15ms", p99: "150ms" } },
    { pareto: { scale: "5ms", shape: 2 } },
    { weibull: { scale: "9ms", shape: 2 } },
    { empirical: ["5ms", "7ms", "30ms"] },
  ),
);

const hookBehaviour = someOf(
  { duration: seconds(1, 4), fails: oneOf<boolean | string>(true, "50%"), exitCode: whole(1, 3), plainHttp: fc.constant(true) },
  4,
);

const applicationFields: FieldTable<WrittenApplication> = {
  selector: null,
  image: oneOf<unknown>(
    { size: "50Mi", present: false },
    { present: false, rate: "20Mi/s", size: "100Mi" },
    { present: false, pull: "fails" },
    { present: false, pull: { failures: 2 } },
    "web:v1",
  ),
  // Only of a rule of its own; selectors tell containers apart already.
  container: fc.constant("main"),
  startUp: fc.oneof(seconds(0, 8), span),
  serviceTime: span,
  concurrency: whole(1, 8),
  queue: whole(0, 8),
  probeTime: span,
  probesShareWorkers: fc.constant(false),
  memory: someOf({
    base: oneOf("32Mi", "200Mi"),
    perRequest: oneOf("1Mi", "10Mi"),
    growth: oneOf("1Mi/s", "20Mi/s"),
    growsIn: oneOf("main", "children"),
    spike: allOf({ at: seconds(1, 40), size: oneOf("100Mi", "2Gi"), for: maybe(seconds(1, 20), 5) }),
  }),
  disk: someOf({
    base: oneOf("10Mi", "200Mi"),
    growth: oneOf("1Mi/s", "30Mi/s"),
    writes: oneOf<unknown>("layer", "logs", { emptyDir: "cache" }),
    inodes: someOf({ base: oneOf("100", "1k"), growth: oneOf("10/s", "1k/s") }, 5),
  }),
  processes: oneOf(1, 10, 300),
  cpu: someOf({ perRequest: oneOf("5ms", "50ms"), share, idle: oneOf("20m", "300m"), startUp: oneOf("500m", "2") }, 3).map((drawn) =>
    "perRequest" in drawn ? Object.fromEntries(Object.entries(drawn).filter(([field]) => field !== "share")) : drawn,
  ),
  warmUp: oneOf({ requests: 20, factor: 5 }, { for: "10s", factor: 3 }),
  phases: fc.constant([{ from: "20s", serviceTime: 3 }]),
  gc: oneOf({ every: "5s", pause: "200ms" }, { every: { exponential: { mean: "3s" } }, pause: "1s" }),
  crash: oneOf<unknown>({ rate: "1/m" }, { rate: "6/m", code: 7 }),
  ready: fc.constant("never"),
  // Those below are made of the case's own Services.
  calls: null,
  health: null,
  awaits: null,
  async: fc.boolean(),
  shutdown: oneOf<unknown>("exit", "ignore", { drain: "3s" }, { drain: "20s" }),
  exit: fc.record({ after: seconds(1, 40), code: oneOf(0, 1, 7) }),
  startFails: oneOf<unknown>(true, "50%"),
  hooks: someOf({ postStart: hookBehaviour, preStop: hookBehaviour }, 5),
  configMissing: oneOf<unknown>(
    { configMap: "settings", until: "20s" },
    { secret: "key" },
    { configMap: "settings", volume: "cache", until: "30s" },
  ),
  unhealthyAfter: seconds(5, 60),
  script: oneOf<unknown>({ runs: [{ exitAfterMs: 5000, code: 1 }] }, { stop: { afterMs: 500, code: 0 } }),
};

/** Every Job has an end, so it is given one in half of all cases. */
export const applicationDraw: fc.Arbitrary<PlainDocument> = someOf(applicationFields, 1);

export interface CallDraw {
  readonly caller: number;
  readonly callee: number;
  readonly fields: PlainDocument;
  readonly isChecked: boolean;
}

export const retries: fc.Arbitrary<PlainDocument> = someOf(
  {
    max: whole(1, 3),
    backoff: oneOf("100ms", "1s"),
    factor: oneOf(1, 2),
    backoffMax: seconds(1, 3),
    jitter: oneOf("none", "full", "equal"),
    budget: oneOf("10%", "50%"),
  },
  4,
);

export const callDraws: fc.Arbitrary<readonly CallDraw[]> = listOf(
  fc.record({
    caller: fc.nat(3),
    callee: fc.nat(3),
    fields: someOf(
      {
        perRequest: oneOf<unknown>(1, 0.5, 2, "30%"),
        timeout: oneOf("1s", "200ms"),
        retries,
        fallback: oneOf("fail", "degrade"),
        order: oneOf("sequential", "parallel"),
      },
      4,
    ),
    isChecked: fc.boolean(),
  }),
  0,
  3,
);
