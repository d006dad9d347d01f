/** A whole scenario: the same bytes for any number of shards, however they are driven; and what a run says about itself. */
import { afterEach, describe, expect, it } from "vitest";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { SECOND } from "../engine/kernel/time.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { run, runHere } from "./run.ts";
import { deployment, load, nodes, spec } from "./testdata/specs.ts";

const service: Service = {
  kind: "Service",
  metadata: { name: "web", namespace: "default", labels: {}, annotations: {} },
  spec: {
    type: "ClusterIP",
    selector: { app: "web" },
    ports: [{ name: "", port: 80, targetPort: 80, protocol: "TCP" }],
    clusterIp: "",
    publishNotReadyAddresses: false,
    sessionAffinity: "None",
    externalTrafficPolicy: "Cluster",
    internalTrafficPolicy: "Cluster",
  },
};

/** A rollout under both kinds of load, with retries, while a node is lost and probes fail. */
function eventful(parts: Partial<ScenarioSpec> = {}): ScenarioSpec {
  return spec({
    duration: 60 * SECOND,
    objects: [deployment(6), service],
    nodes: nodes(4),
    applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: ["queue"] }],
    load: [
      { ...load("poisson-arrival-rate", 40, 1), name: "split" },
      { ...load("constant-arrival-rate", 25), name: "messages" },
    ],
    actions: [
      { type: "setImage", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", container: null, image: "web:v2" },
    ],
    faults: [
      { type: "node-loss", name: "loss", at: 15 * SECOND, selector: { node: "node-1" }, mode: "all", value: 0, duration: 20 * SECOND },
      {
        type: "probe-failure",
        name: "probes",
        at: 30 * SECOND,
        selector: { deployment: "web" },
        mode: "fixed-percent",
        value: 50,
        duration: 25 * SECOND,
        probe: "liveness",
        rate: 1,
      },
    ],
    ...parts,
  });
}

describe("a run", () => {
  it("loses requests, so that there is something to compare", async () => {
    const { result } = await run(eventful(), { workers: 1 });
    expect(result.losses.length).toBeGreaterThan(0);
    expect(result.restarts.length).toBeGreaterThan(0);
    expect(result.causes.length).toBeGreaterThan(10);
    expect(result.events).toBeGreaterThan(3000);
  });

  it("gives the same bytes on 1, 2, 3 and 4 shards", async () => {
    const one = JSON.stringify((await run(eventful(), { workers: 1 })).result);
    for (const workers of [2, 3, 4]) expect(JSON.stringify((await run(eventful(), { workers })).result)).toBe(one);
  });

  it.each(["settled", "empty"] as const)(
    "gives the same bytes from a start that is %s where shards take turns on one thread",
    async (start) => {
      const one = JSON.stringify(await runHere(eventful({ start }), 1));
      expect(JSON.stringify(await runHere(eventful({ start }), 3))).toBe(one);
      expect(JSON.stringify((await run(eventful({ start }), { workers: 1 })).result)).toBe(one);
    },
  );

  it("says what it chose, and checks itself when asked to", async () => {
    const { run: facts, determinism } = await run(eventful({ duration: 20 * SECOND }), {
      workers: "auto",
      cores: 8,
      checkDeterminism: true,
    });
    expect(facts.shards).toBe(1);
    expect(facts.why).toMatch(/^1 shard: a window of 250µs holds about /);
    expect(facts.waitingShare).toEqual([0]);
    expect(determinism).toMatchObject({ isSame: true, difference: null });
    expect(determinism!.text).toMatch(/on 1 shard and on 2 shards$/);
  });

  it("digests the specification: another field, another digest", async () => {
    const digest = async (parts: Partial<ScenarioSpec>): Promise<string> =>
      (await runHere(eventful({ duration: SECOND, ...parts }), 1)).specDigest;
    expect(await digest({})).toMatch(/^[0-9a-f]{16}$/);
    expect(await digest({})).toBe(await digest({}));
    expect(await digest({ seed: 2 })).not.toBe(await digest({}));
  });
});

describe("an interrupted run", () => {
  let controller = new AbortController();
  afterEach(() => {
    controller = new AbortController();
  });

  it.each([1, 2])("on %i shards ends with a partial result, marked as such", async (workers) => {
    setTimeout(() => controller.abort(), 300);
    const { result } = await run(eventful({ duration: 1_000_000 * SECOND, warmup: 0 }), { workers, signal: controller.signal });
    expect(result.isPartial).toBe(true);
    expect(result.end).toBeLessThan(result.duration);
  });
});
