import { expect, test } from "vitest";
import { valueAt } from "./document-path.ts";
import { readCase, type FuzzCase } from "./fuzz-case.ts";
import { needlessPlaces } from "./needless.ts";

const container = {
  name: "web",
  image: "web:v1",
  ports: [{ name: "http", containerPort: 80 }],
  resources: { requests: { cpu: "100m", memory: "64Mi" } },
  readinessProbe: { httpGet: { path: "/healthz", port: 80 }, periodSeconds: 5 },
};

function shop(containers: readonly object[]): FuzzCase {
  const labels = { app: "web" };
  return {
    scenario: {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: { duration: "10s", applications: [{ selector: { deployment: "web" }, startUp: "1s", shutdown: "ignore" }] },
    },
    manifests: [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", labels },
        spec: {
          replicas: 2,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 20, containers } },
        },
      },
      { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: labels, ports: [{ port: 80 }] } },
    ],
  };
}

const first = ["manifests", 0, "spec", "template", "spec", "containers", 0];
/** Needs two replicas, any readiness probe and an application that ignores SIGTERM. */
const fails = async (found: FuzzCase): Promise<boolean> =>
  valueAt(found, ["manifests", 0, "spec", "replicas"]) === 2 &&
  valueAt(found, [...first, "readinessProbe"]) !== undefined &&
  valueAt(found, ["scenario", "spec", "applications", 0, "shutdown"]) === "ignore";

test("what it fails without is told by object, as a person would name it", async () => {
  const found = shop([container]);
  expect(readCase(found).issues).toEqual([]);
  expect(await needlessPlaces(found, fails, { tries: 200 })).toEqual([
    "Deployment/web: metadata.labels, terminationGracePeriodSeconds, ports, resources, readinessProbe.periodSeconds, readinessProbe.httpGet.path",
    "Service/web: selector",
    "applications.0: startUp",
  ]);
});

test("of several containers each has its name", async () => {
  const [line = ""] = await needlessPlaces(shop([{ ...container, name: "proxy" }, container]), fails, { tries: 200 });
  expect(line).toContain("containers.proxy, web.ports, web.resources, web.readinessProbe.periodSeconds");
});

test("nothing is told where all is needed, or nobody has the time", async () => {
  const found = shop([container]);
  expect(await needlessPlaces(found, async (each) => each === found, { tries: 200 })).toEqual([]);
  expect(await needlessPlaces(found, fails, { tries: 200, isOver: () => true })).toEqual([]);
});
