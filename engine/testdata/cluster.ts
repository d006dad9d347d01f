/** Whole clusters for tests: a scenario's spec and its manifests as plain objects, checked as files are, on one shard. */
import { readPlainScenario } from "../../scenarios/plain.ts";
import { buildShard, type ClusterShard } from "../cluster.ts";
import { lpLayout } from "../lp-layout.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";

/** `spec` without its manifests; `files` are those that apply actions name. */
export function readCluster(
  spec: object,
  manifests: readonly object[],
  files: Readonly<Record<string, readonly object[]>> = {},
): ReturnType<typeof readPlainScenario> {
  return readPlainScenario(
    { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { manifests: ["m"], ...spec } },
    manifests,
    files,
  );
}

/** The spec of a scenario that has no fault. */
export function clusterSpec(
  spec: object,
  manifests: readonly object[],
  files: Readonly<Record<string, readonly object[]>> = {},
): ScenarioSpec {
  const read = readCluster(spec, manifests, files);
  if (read.spec === null) throw new Error(JSON.stringify(read.issues));
  return read.spec;
}

/** The whole cluster on one shard, before its first event. */
export function oneShard(spec: ScenarioSpec, options: { readonly events?: boolean } = {}): ClusterShard {
  const shardOf = new Uint8Array(lpLayout(spec.load.length, spec.nodes.length).count);
  return buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, ...options });
}

/** At its end. */
export function runCluster(spec: ScenarioSpec, options: { readonly events?: boolean } = {}): ClusterShard {
  const shard = oneShard(spec, options);
  shard.simulator.runUntil(spec.duration);
  return shard;
}
