import { describe, expect, test } from "vitest";
import { defaultSettings, type Settings } from "../../settings.ts";
import { Issues } from "../../values/issue.ts";
import { isKind, kinds, type Kind } from "./index.ts";
import { kindSchemas } from "./index.schema.ts";

const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const selector = { matchLabels: { a: "b" } };

describe("the registry of kinds", () => {
  test("has a shape for every kind, and knows which words are kinds", () => {
    expect(Object.keys(kindSchemas).sort()).toEqual(Object.keys(kinds).sort());
    expect(isKind("Deployment")).toBe(true);
    expect(isKind("toString")).toBe(false);
  });

  test.each<[Kind, unknown, object]>([
    ["Namespace", { metadata: { name: "shop" } }, { kind: "Namespace", metadata: { name: "shop", namespace: "" } }],
    [
      "Deployment",
      { metadata: { name: "web" }, spec: { selector, template } },
      {
        metadata: { namespace: "default" },
        spec: {
          replicas: 1,
          strategy: { type: "RollingUpdate", maxSurge: "25%", maxUnavailable: "25%" },
          minReadySeconds: 0,
          progressDeadlineSeconds: 600,
          revisionHistoryLimit: 10,
          paused: false,
        },
      },
    ],
    [
      "Deployment",
      { metadata: { name: "web" }, spec: { replicas: 0, selector, template, strategy: { type: "Recreate" } } },
      { spec: { replicas: 0, strategy: { type: "Recreate" } } },
    ],
    [
      "Deployment",
      { metadata: { name: "web" }, spec: { selector, template, strategy: { rollingUpdate: { maxSurge: 2 } } } },
      { spec: { strategy: { maxSurge: 2, maxUnavailable: "25%" } } },
    ],
    [
      "ReplicaSet",
      { metadata: { name: "web" }, spec: { selector, template, minReadySeconds: 5 } },
      { spec: { replicas: 1, minReadySeconds: 5, selector: { matchLabels: { a: "b" }, matchExpressions: [] } } },
    ],
    [
      "Service",
      { metadata: { name: "web" }, spec: { selector: { a: "b" }, ports: [{ port: 80 }] } },
      {
        spec: {
          type: "ClusterIP",
          ports: [{ name: "", port: 80, targetPort: 80, protocol: "TCP" }],
          sessionAffinity: "None",
          internalTrafficPolicy: "Cluster",
        },
      },
    ],
    [
      "Service",
      { metadata: { name: "web" }, spec: { selector: {}, clusterIP: "None" } },
      { spec: { selector: null, clusterIp: "None", ports: [] } },
    ],
    [
      "Service",
      { metadata: { name: "web" }, spec: { type: "ExternalName", externalName: "example.com" } },
      { spec: { type: "ExternalName" } },
    ],
  ])("%s is defaulted", (kind, written, expected) => {
    const issues = new Issues();
    const admit = kinds[kind].admit as (written: unknown, minor: number, issues: Issues, defaults: Settings) => unknown;
    const object = admit(written, 36, issues, defaultSettings);
    expect(issues.list).toEqual([]);
    expect(object).toMatchObject(expected);
  });
});
