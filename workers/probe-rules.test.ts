/** The rules about probes hold in whole runs, not in tests of the kubelet alone: a kubelet that breaks one is seen there. */
import { afterEach, expect, test, vi } from "vitest";
import { Prober } from "../engine/kubernetes/kubelet/prober.ts";
import type { FuzzCase, PlainDocument } from "../scenarios/fuzz/fuzz-case.ts";
import { checkCase } from "./fuzz/check-case.ts";

afterEach(() => vi.restoreAllMocks());

const restart = { actions: [{ at: "5s", restart: { deployment: "web" } }] };
const unhealthy = { applications: [{ selector: { deployment: "web" }, unhealthyAfter: "3s" }] };

function shop(spec: PlainDocument, probe: PlainDocument): FuzzCase {
  return {
    scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: "60s", nodes: [{ count: 2 }], ...spec } },
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
            spec: { containers: [{ name: "web", image: "web:v1", ports: [{ containerPort: 80 }], ...probe }] },
          },
        },
      },
    ],
  };
}

async function bucketOf(found: FuzzCase): Promise<string | undefined> {
  const { failure } = await checkCase({ found, laws: [] }, { isCoverageWanted: false, maximize: null, eventsMax: 1e6 });
  return failure?.bucket;
}

/** As far as these tests reach into it. */
interface Innards {
  delayedUntil(): number;
  isReady(): boolean;
  count(...words: readonly unknown[]): void;
}
const innards = Prober.prototype as unknown as Innards;

const http = { httpGet: { path: "/", port: 80 }, periodSeconds: 2 };

test("before the initial delay", async () => {
  const found = shop(restart, { livenessProbe: { ...http, initialDelaySeconds: 10 } });
  expect(await bucketOf(found)).toBeUndefined();
  vi.spyOn(innards, "delayedUntil").mockReturnValue(0);
  expect(await bucketOf(found)).toMatch(/^invariant probes-in-order/);
});

test("ready without the answer of a probe", async () => {
  const found = shop(restart, { readinessProbe: { ...http, initialDelaySeconds: 10 } });
  expect(await bucketOf(found)).toBeUndefined();
  vi.spyOn(innards, "isReady").mockReturnValue(true);
  expect(await bucketOf(found)).toMatch(/^invariant ready-after-probe/);
});

test.each([
  ["that was there before the run", {}],
  ["that came in it", restart],
])("a container of a Pod %s is killed one failure too early", async (_, spec) => {
  const found = shop({ ...unhealthy, ...spec }, { livenessProbe: http });
  expect(await bucketOf(found)).toBeUndefined();
  const { count } = innards;
  // The first failure is taken for the third.
  vi.spyOn(innards, "count").mockImplementation(function (this: Innards, ...words) {
    const [now, row, probe, at, succeeded] = words as [number, number, object, number, boolean];
    if (succeeded) count.call(this, ...words);
    else count.call(this, now, row, { ...probe, failureThreshold: 1 }, at, false);
  });
  expect(await bucketOf(found)).toMatch(/^invariant probes-in-order/);
});
