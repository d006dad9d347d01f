import { describe, expect, test } from "vitest";
import { readPlainScenario } from "../../scenarios/plain.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";
import { SpecTables } from "./tables.ts";
import { withImage } from "../kubernetes/objects/pod-template.ts";

function specOf(actions: readonly unknown[], load: readonly unknown[] = []): ScenarioSpec {
  const container = (name: string, port: number): object => ({ name, image: `${name}:v1`, ports: [{ containerPort: port }] });
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [container("a", 1), container("b", 8080)] } },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: {
      selector: { app: "web" },
      ports: [
        { name: "front", port: 80, targetPort: 8080 },
        { name: "other", port: 81, targetPort: 1 },
      ],
    },
  };
  const scenario = { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: "60s", manifests: ["m"], actions, load } };
  const { spec, issues } = readPlainScenario(scenario, [deployment, service]);
  if (spec === null) throw new Error(JSON.stringify(issues));
  return spec;
}

const setImage = (at: string, container: string, image: string): unknown => ({ at, setImage: { deployment: "web", container, image } });

describe("tables of a spec", () => {
  test("two image changes a moment apart have their templates known in either order", () => {
    const spec = specOf([setImage("10s", "a", "a:v2"), setImage("10001ms", "b", "b:v2")]);
    const { definitions } = new SpecTables(spec);
    const base = definitions.template(0);
    const onlyB = withImage(base, "b", "b:v2")!;
    const both = withImage(onlyB, "a", "a:v2")!;
    expect(definitions.size).toBe(4);
    expect(definitions.template(definitions.idOf(onlyB))).toEqual(onlyB);
    expect(definitions.template(definitions.idOf(both))).toEqual(both);
  });

  test("a rollout and its way back make two templates", () => {
    expect(new SpecTables(specOf([setImage("10s", "a", "a:v2"), setImage("20s", "a", "a:v1")])).definitions.size).toBe(2);
  });

  test("the container behind a load is the one that declares the target port of the Service's port that the load uses", () => {
    const load = (port: object): object => ({ target: "service/web", rate: "1/s", ...port });
    const tables = new SpecTables(
      specOf([], [load({}), load({ port: 81, name: "b" }), load({ port: "other", name: "c" }), load({ port: "front", name: "d" })]),
    );
    expect(tables.servicesOf(0, 0)).toEqual([0]);
    expect([0, 1, 2, 3].map((number) => tables.containerBehind(number, 0, 0))).toEqual([1, 0, 0, 1]);
    expect([0, 1].map((container) => tables.isReached(0, 0, container))).toEqual([true, true]);
  });

  test("a container that no load reaches isn't reached", () => {
    const tables = new SpecTables(specOf([], [{ target: "service/web", rate: "1/s" }]));
    expect([0, 1].map((container) => tables.isReached(0, 0, container))).toEqual([false, true]);
  });
});
