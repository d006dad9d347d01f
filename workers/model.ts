/** What can run on shards, as plain data that a thread can be given, and how each is built. */
import { unreachable } from "../engine/kernel/assert.ts";
import type { PholdOptions } from "../engine/kernel/phold.ts";
import type { Duration, VirtualTime } from "../engine/kernel/time.ts";
import { lpLayout } from "../engine/lp-layout.ts";
import type { FaultCondition, ScenarioSpec, ThresholdSpec } from "../engine/scenario-spec.ts";
import type { ShardHost, ShardOptions } from "../engine/shard-host.ts";
import { partition } from "./partition.ts";
import { controlWeight, lookaheadOf, nodeWeights } from "./plan.ts";
import type { PlantedOptions } from "./planted.ts";

export type Model =
  /** `events`: with the Event objects that its components record. */
  | { readonly type: "cluster"; readonly spec: ScenarioSpec; readonly events?: boolean }
  | { readonly type: "phold"; readonly options: PholdOptions; readonly seed: number; readonly end: VirtualTime }
  /** Tests only. */
  | { readonly type: "planted"; readonly options: PlantedOptions };

/** What hosts must know of a model before they build it. */
export interface ModelFacts {
  readonly seed: number;
  readonly end: VirtualTime;
  readonly lookahead: Duration;
  /** Those that end the run are looked at on the way. */
  readonly thresholds: readonly ThresholdSpec[];
  /** Looked at likewise. */
  readonly conditions: readonly FaultCondition[];
  readonly warmup: Duration;
  /** Shard of each LP. */
  readonly shardOf: Uint8Array;
}

export function modelFacts(model: Model, shards: number): ModelFacts {
  switch (model.type) {
    case "cluster": {
      const { spec } = model;
      const layout = lpLayout(spec.load.length, spec.nodes.length);
      const shardOf = partition({ pinned: layout.firstNode, pinnedWeight: controlWeight(spec), weights: nodeWeights(spec) }, shards);
      const { seed, duration: end, thresholds, conditions = [], warmup } = spec;
      return { seed, end, thresholds, conditions, warmup, lookahead: lookaheadOf(spec), shardOf };
    }
    case "phold": {
      const { options, seed, end } = model;
      return {
        seed,
        end,
        thresholds: [],
        conditions: [],
        warmup: 0,
        lookahead: options.lookahead,
        shardOf: partition({ pinned: 0, pinnedWeight: 0, weights: equalWeights(options.lps) }, shards),
      };
    }
    case "planted": {
      const { lps, seed, end, lookahead } = model.options;
      return {
        seed,
        end,
        thresholds: [],
        conditions: [],
        warmup: 0,
        lookahead,
        shardOf: partition({ pinned: 0, pinnedWeight: 0, weights: equalWeights(lps) }, shards),
      };
    }
    default:
      return unreachable(model);
  }
}

/** Each model is loaded only by who runs it: a thread that runs PHOLD loads nothing of Kubernetes. */
export async function buildModel(model: Model, options: ShardOptions): Promise<ShardHost> {
  switch (model.type) {
    case "cluster":
      return (await import("../engine/cluster.ts")).buildShard(model.spec, { ...options, events: model.events === true });
    case "phold":
      return (await import("./phold.ts")).buildPholdShard(model.options, model.seed, options);
    case "planted":
      return (await import("./planted.ts")).buildPlanted(model.options, options);
    default:
      return unreachable(model);
  }
}

function equalWeights(count: number): Float64Array {
  return new Float64Array(count).fill(1);
}
