import { beforeAll, describe, expect, test } from "vitest";
import { runHere } from "../../../workers/run.ts";
import { readCase, type PlainDocument } from "../fuzz-case.ts";
import { groundOf, roundedTime, type Ground } from "./ground.ts";

const SECOND = 1_000_000;

function workload(kind: string, name: string, replicas: number, fields: PlainDocument = {}): PlainDocument {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name, image: `${name}:v1`, ports: [{ containerPort: 80 }] }], ...fields },
  };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, ...(kind === "StatefulSet" ? { serviceName: name } : {}), template },
  };
}

describe("the ground of an attack", () => {
  let ground: Ground;

  beforeAll(async () => {
    const { spec, issues } = readCase({
      scenario: {
        apiVersion: "podstorm.dev/v1alpha1",
        kind: "Scenario",
        spec: {
          duration: "100s",
          warmup: "10s",
          nodes: [
            { namePrefix: "idle", count: 1 },
            { namePrefix: "busy", count: 1, labels: { for: "web" } },
          ],
          load: [{ name: "shop", target: "service/web", rate: "20/s" }],
          actions: [{ at: "33s", restart: { deployment: "web" } }],
          faults: [{ at: "70s", type: "api-server-outage", duration: "5s" }],
        },
      },
      manifests: [
        workload("StatefulSet", "store", 1),
        workload("Deployment", "web", 2, { nodeSelector: { for: "web" } }),
        { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
      ],
    });
    expect(issues).toEqual([]);
    ground = groundOf(spec!, await runHere(spec!, 1));
  });

  test("lies between the warm-up and a time that leaves room for what follows", () => {
    expect([ground.earliest, ground.latest]).toEqual([10 * SECOND, 80 * SECOND]);
    expect(ground.instants.filter((at) => at < ground.earliest || at > ground.latest)).toEqual([]);
  });

  test("has instants where something begins or ends first, then evenly", () => {
    expect(ground.instants[0]).toBe(34 * SECOND);
    expect(ground.instants[1]).toBe(45 * SECOND);
    for (const second of [33, 71, 74]) expect(ground.instants).toContain(second * SECOND);
    expect(new Set(ground.instants).size).toBe(ground.instants.length);
  });

  test("has the node with the Pods that are asked first, and the workload that is asked", () => {
    expect(ground.nodes.map((name) => name.replace(/-?\d+$/, ""))).toEqual(["busy", "idle"]);
    expect(ground.workloads).toEqual([
      { label: "default/web", selector: { deployment: "web" } },
      { label: "default/store", selector: { labels: { app: "store" } } },
    ]);
  });
});

test.each([
  [49_999, 0.1],
  [2_149_999, 2.1],
  [59_960_000, 60],
  [61_400_000, 61],
])("%i µs is told as %f s", (micros, seconds) => {
  expect(roundedTime(micros)).toBe(seconds * SECOND);
});
