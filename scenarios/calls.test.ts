/** How calls between Services and health checks are written, and what is refused. */
import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import { readPlainScenario } from "./plain.ts";
import type { ScenarioResult } from "./scenario.ts";

const pod = (name: string, labels: object = { app: name }): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
});
const service = (name: string): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: "main", port: 80 }] },
});
const outside = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "mail" },
  spec: { type: "ExternalName", externalName: "mail.example" },
};
const objects = [...["web", "api", "db"].flatMap((name) => [pod(name), service(name)]), outside];

function read(...applications: object[]): ScenarioResult {
  const spec = { duration: "10m", manifests: ["m"], applications };
  return readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, objects);
}

const web = (written: object): ScenarioResult => read({ selector: { pod: "web" }, ...written });
const calling = (from: string, to: string): object => ({ selector: { pod: from }, calls: [{ service: `service/${to}` }] });

const plain = {
  namespace: "default",
  service: "db",
  port: null,
  perRequest: 1,
  timeout: SECOND,
  retries: { max: 0 },
  fallback: "fail",
  order: "sequential",
};

describe("an application", () => {
  test.each<[object, object]>([
    [{ calls: [{ service: "service/db" }] }, { calls: [plain] }],
    [
      {
        async: true,
        calls: [
          {
            service: "default/service/db",
            port: "main",
            perRequest: 2.5,
            timeout: "20ms",
            retries: { max: 2, budget: "20%" },
            fallback: "degrade",
            order: "parallel",
          },
        ],
      },
      {
        freesWorkers: true,
        calls: [
          {
            ...plain,
            port: "main",
            perRequest: 2.5,
            timeout: 20 * MILLISECOND,
            retries: { max: 2, budget: 0.2 },
            fallback: "degrade",
            order: "parallel",
          },
        ],
      },
    ],
    [{ health: { checks: ["service/db"] } }, { healthChecks: { on: "both", calls: [plain] } }],
    [
      { health: { checks: ["service/db"], on: "readiness", timeout: "300ms" } },
      { healthChecks: { on: "readiness", calls: [{ ...plain, timeout: 300 * MILLISECOND }] } },
    ],
  ])("%j is read", (written, expected) => {
    const { spec, issues } = web(written);
    expect(issues).toEqual([]);
    expect(spec?.applications[0]?.behaviour).toMatchObject(expected);
  });

  test.each<[object, string]>([
    [{ calls: [{ service: "db" }] }, "calls[0].service"],
    [{ calls: [{ service: "service/dbs" }] }, "calls[0].service"],
    [{ calls: [{ service: "service/mail" }] }, "calls[0].service"],
    [{ calls: [{ service: "service/db", port: 81 }] }, "calls[0].port"],
    [{ calls: [{ service: "service/db", perRequest: 0 }] }, "calls[0].perRequest"],
    [{ calls: [{ service: "service/db", perRequest: 101 }] }, "calls[0].perRequest"],
    [{ calls: [{ service: "service/db", timeout: 0 }] }, "calls[0].timeout"],
    [{ calls: [{ service: "service/db", fallback: "ignore" }] }, "calls[0].fallback"],
    [{ calls: [{ service: "service/db", order: "random" }] }, "calls[0].order"],
    [{ calls: [{ service: "service/db", retries: { max: 101 } }] }, "calls[0].retries.max"],
    [{ async: "yes" }, "async"],
    [{ health: { checks: ["service/dbs"] } }, "health.checks[0]"],
    [{ health: { checks: ["service/db"], timeout: 0 } }, "health.timeout"],
    [{ health: { checks: ["service/db"], on: "startup" } }, "health.on"],
  ])("%j is refused", (written, field) => {
    const { spec, issues } = web(written);
    expect(spec).toBeNull();
    expect(issues.map(({ path }) => path)).toEqual([`spec.applications[0].${field}`]);
  });
});

describe("calls that come back", () => {
  test.each<[string, object[], string]>([
    ["to the Service itself", [calling("web", "web")], "default/web → default/web"],
    [
      "by way of others",
      [calling("web", "api"), calling("api", "db"), calling("db", "web")],
      "default/db → default/web → default/api → default/db",
    ],
  ])("%s are refused", (_, applications, way) => {
    const { spec, issues } = read(...applications);
    expect(spec).toBeNull();
    expect(issues.map(({ found }) => found)).toEqual([way]);
  });

  test("are none where two ways meet, or where only health endpoints ask back", () => {
    const check = { selector: { pod: "db" }, health: { checks: ["service/web"] } };
    const both = { selector: { pod: "web" }, calls: [{ service: "service/api" }, { service: "service/db" }] };
    expect(read(both, calling("api", "db"), check).issues).toEqual([]);
  });

  test("are none of a rule that an earlier one leaves nothing", () => {
    expect(read({ selector: { pod: "web" } }, { calls: [{ service: "service/web" }], selector: { pod: "web" } }).issues).toEqual([]);
  });
});

describe("an ingress of a load", () => {
  const gateway = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "gateway" },
    spec: {
      selector: { matchLabels: { app: "gateway" } },
      template: { metadata: { labels: { app: "gateway" } }, spec: { containers: [{ name: "app", image: "proxy:v1" }] } },
    },
  };
  const readLoad = (via: object, more: object[] = [gateway, service("gateway")], target = "service/web"): ScenarioResult => {
    const load = [{ target, rate: "5/s", via }];
    const spec = { duration: "10m", manifests: ["m"], load };
    return readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, [...objects, ...more]);
  };

  test("sends the load to the Service in front, whose Pods forward it", () => {
    const { spec, issues } = readLoad({ ingress: "deployment/gateway", propagation: "3s" });
    expect(issues).toEqual([]);
    expect(spec?.load[0]).toMatchObject({ name: "web", service: "gateway" });
    expect(spec?.applications[0]?.selector).toEqual({ namespace: "default", deployment: "gateway" });
    expect(spec?.applications[0]?.behaviour.calls).toMatchObject([
      { service: "web", onlyFor: "web", propagation: 3 * SECOND, timeout: 60 * SECOND },
    ]);
    expect(spec?.applications.slice(1).map(({ behaviour }) => behaviour.calls)).toEqual([undefined]);
  });

  test.each<[object, string, object[]?, string?]>([
    [{ ingress: "deployment/gate" }, "via.ingress"],
    [{ ingress: "gateway" }, "via.ingress"],
    [{ ingress: "deployment/gateway" }, "via.ingress", [gateway]],
    [{ ingress: "deployment/gateway" }, "via.ingress", [gateway, service("gateway")], "service/gateway"],
    [{ ingress: "deployment/gateway", timeout: 0 }, "via.timeout"],
    [{ ingress: "deployment/gateway", propagation: "soon" }, "via.propagation"],
  ])("%j is refused", (via, field, more, target) => {
    const { spec, issues } = readLoad(via, more, target);
    expect(spec).toBeNull();
    expect(issues.map(({ path }) => path)).toEqual([`spec.load[0].${field}`]);
  });
});
