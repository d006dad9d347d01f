import { describe, expect, test } from "vitest";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { maximized } from "../../scenarios/fuzz/maximized.ts";
import { neverReached, wantedBy } from "../../scenarios/fuzz/sometimes-reached.ts";
import { checkCase, type CheckOptions } from "./check-case.ts";

const options: CheckOptions = { isCoverageWanted: true, maximize: null, eventsMax: 1e7 };

function shop(spec: Readonly<Record<string, unknown>> = {}): FuzzCase {
  return {
    scenario: {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: "40s",
        nodes: [{ count: 2 }],
        applications: [{ selector: { deployment: "web" }, shutdown: "exit" }],
        load: [{ name: "shop", target: "service/web", rate: "200/s" }],
        ...spec,
      },
    },
    manifests: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "web:v1", ports: [{ containerPort: 80 }] }] },
          },
        },
      },
      { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    ],
  };
}

const losing = { actions: [{ at: "5s", delete: { deployment: "web" } }], thresholds: { requests_lost: ["count==0"] } };

describe("a case", () => {
  test("in which all is well has no failure, and reaches something", async () => {
    const outcome = await checkCase({ found: shop(), laws: ["two shards", "at rest"] }, options);
    expect(outcome.failure).toBeNull();
    expect(outcome.coverage.length).toBeGreaterThan(0);
    expect(outcome.events).toBeGreaterThan(50);
  });

  test("is the same again after others on its thread", async () => {
    const maximize = maximized("requests_lost");
    const [one, other] = [shop(), shop({ ...losing, kubernetesVersion: "1.20", settings: { probePeriod: "3s" } })];
    const outcomes: unknown[] = [];
    for (const found of [one, other, one, other])
      outcomes.push(await checkCase({ found: structuredClone(found), laws: [] }, { ...options, maximize }));
    expect(outcomes[2]).toEqual(outcomes[0]);
    expect(outcomes[3]).toEqual(outcomes[1]);
    expect(outcomes[1]).not.toEqual(outcomes[0]);
  });

  test("whose threshold breaks fails in one bucket for every seed and number", async () => {
    const buckets = new Set<string | undefined>();
    for (const seed of [1, 2]) {
      const { failure } = await checkCase({ found: shop({ ...losing, seed }), laws: [] }, options);
      expect(failure?.kind).toBe("threshold");
      buckets.add(failure?.bucket);
    }
    expect([...buckets]).toHaveLength(1);
    expect([...buckets][0]).toMatch(/^threshold requests_lost count==0 \| .+ ← .+/);
  });

  test("says which of what the scenario wants to be reached it has reached", async () => {
    const sometimes = [
      { name: "rolls out", rollout: "default/web" },
      { name: "loses", metric: "requests_lost", threshold: "count>0" },
    ];
    const reached = async (spec: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const found = shop({ sometimes, ...spec });
      const { failure, coverage } = await checkCase({ found, laws: [] }, options);
      expect(failure).toBeNull();
      return neverReached(wantedBy(found), coverage);
    };
    expect(await reached({})).toEqual(["rolls out", "loses"]);
    expect(await reached({ actions: losing.actions })).toEqual(["rolls out"]);
    expect(await reached({ actions: [{ at: "5s", restart: { deployment: "web" } }] })).not.toContain("rolls out");
  });

  test("that is no scenario is an error that says why", async () => {
    const { failure } = await checkCase({ found: shop({ duration: "never" }), laws: [] }, options);
    expect(failure).toMatchObject({ kind: "error" });
    expect(failure!.message).toContain("spec.duration");
  });

  test("with more events than it may have is endless", async () => {
    const { failure } = await checkCase({ found: shop(), laws: [] }, { ...options, eventsMax: 50 });
    expect(failure).toMatchObject({ kind: "endless", bucket: "endless run" });
  });

  test("whose threshold ends the run ends there", async () => {
    const thresholds = { requests_lost: [{ threshold: "count==0", abortOnFail: true }] };
    const whole = await checkCase({ found: shop(losing), laws: [] }, options);
    const aborted = await checkCase({ found: shop({ ...losing, thresholds }), laws: [] }, options);
    expect(aborted.failure?.kind).toBe("threshold");
    expect(aborted.events).toBeLessThan(whole.events / 2);
  });

  test("is measured by what is to be as large as possible", async () => {
    const { value } = await checkCase({ found: shop(losing), laws: [] }, { ...options, maximize: maximized("requests_lost") });
    expect(value).toBeGreaterThan(10);
    const never = await checkCase({ found: shop(), laws: [] }, { ...options, maximize: maximized("stale_routing") });
    expect(never.value).toBeNull();
  });
});
