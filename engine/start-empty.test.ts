/** Requests lost before anything of an empty cluster has started: what was missing, and that the manifests were applied just then. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "./cause-kinds.ts";
import { clusterSpec, runCluster } from "./testdata/cluster.ts";

const app = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "app", image: "app:v1", ports: [{ containerPort: 80 }] }] },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };
const deployment = (replicas: number) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas, selector: { matchLabels: { app: "web" } }, template: app },
});

/** Kinds of the chain of the first losses, leaf first. */
function firstLosses(objects: readonly object[], executor: string): readonly number[] {
  const spec = clusterSpec(
    {
      seed: 1,
      duration: "30s",
      start: "empty",
      nodes: [{ count: 1 }],
      load: [{ target: "service/web", executor, rate: "20/s", timeout: "1s" }],
    },
    objects,
  );
  const shard = runCluster(spec);
  const { losses, causes } = shard.finish(spec.duration);
  const rows = new Map(causes.map((row) => [row.id, row]));
  const first = losses.toSorted((a, b) => a.first - b.first)[0]!;
  const kinds: number[] = [];
  for (let row = rows.get(first.cause); row !== undefined; row = rows.get(row.parent)) kinds.push(row.kind);
  return kinds;
}

describe.each(["poisson-arrival-rate", "constant-arrival-rate"])("an empty start under a load of %s", (executor) => {
  test.each([
    ["Pods that have yet to start", [service, deployment(2)], CauseKind.notStartedYet],
    ["a Deployment without replicas", [service, deployment(0)], CauseKind.scaledToZero],
    ["nothing that the Service selects", [service], CauseKind.noPodSelected],
  ])("%s", (_name, objects, kind) => {
    expect(firstLosses(objects, executor)).toEqual([kind, CauseKind.manifestsApplied]);
  });
});
