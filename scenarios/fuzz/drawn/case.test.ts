/** What is drawn: valid, the same for the same number, and nothing that the model knows is left out. */
import { describe, expect, test } from "vitest";
import { actionSchema } from "../../../engine/actions/action.schema.ts";
import { faultSchemas } from "../../../engine/chaos/index.schema.ts";
import { kinds } from "../../../engine/kubernetes/objects/index.ts";
import { selfSource } from "../case-source.ts";
import { isMapping, placesOf, valueAt } from "../document-path.ts";
import { readCase, type FuzzCase, type PlainDocument } from "../fuzz-case.ts";
import { mixed } from "../drawn-number.ts";
import { Choices, joined, mutated } from "../mutate.ts";
import { repaired } from "../repair.ts";
import { actionNames, faultTypes } from "./happenings.arbitrary.ts";
import { executorNames } from "./loads.arbitrary.ts";
import { ruleKinds, workloadKinds } from "./objects.arbitrary.ts";

const source = selfSource();
const cases = Array.from({ length: 600 }, (_, index) => source.draw(1, index, []));

function entriesOf(found: FuzzCase, field: string): readonly PlainDocument[] {
  const list = valueAt(found, ["scenario", "spec", field]);
  return Array.isArray(list) ? list.filter(isMapping) : [];
}

/** Members of groups too. */
function faultsOf(found: FuzzCase): readonly PlainDocument[] {
  return entriesOf(found, "faults").flatMap((fault) => [
    fault,
    ...(["serial", "parallel"] as const).flatMap((group) => (fault[group] ?? []) as PlainDocument[]),
  ]);
}

describe("drawn cases", () => {
  test("are valid", () => {
    expect(cases.filter((found) => readCase(found).spec === null)).toEqual([]);
  });

  test("are the same for the same seed and number, in whatever order", () => {
    for (const index of [7, 3, 5]) expect(source.draw(1, index, [])).toEqual(cases[index]);
    expect(source.draw(2, 7, [])).not.toEqual(cases[7]);
  });

  test("hold every kind, fault, action and executor that the model knows", () => {
    expect([...workloadKinds, ...ruleKinds, "Service"].sort()).toEqual(Object.keys(kinds).sort());
    expect([...faultTypes].sort()).toEqual(Object.keys(faultSchemas).sort());
    const known = Object.keys((actionSchema as unknown as { readonly shape: object }).shape).filter((field) => field !== "at");
    expect([...actionNames].sort()).toEqual(known.sort());

    const drawn = (values: readonly unknown[]): Set<unknown> => new Set(values);
    const kindsDrawn = drawn(cases.flatMap(({ manifests }) => manifests.map(({ kind }) => kind)));
    expect(Object.keys(kinds).filter((kind) => !kindsDrawn.has(kind))).toEqual([]);
    const typesDrawn = drawn(cases.flatMap((found) => faultsOf(found).map(({ type }) => type)));
    expect(faultTypes.filter((type) => !typesDrawn.has(type))).toEqual([]);
    const actionsDrawn = drawn(cases.flatMap((found) => entriesOf(found, "actions").flatMap((action) => Object.keys(action))));
    expect(actionNames.filter((name) => !actionsDrawn.has(name))).toEqual([]);
    const executorsDrawn = drawn(cases.flatMap((found) => entriesOf(found, "load").map(({ executor }) => executor)));
    expect(executorNames.filter((name) => !executorsDrawn.has(name))).toEqual([]);
  });

  test("put together what only shows together, in one of fifty at least", () => {
    const has = (found: FuzzCase, text: string): boolean => JSON.stringify(found).includes(text);
    const evicts = (found: FuzzCase): boolean => ['"drain"', '"evict"', "node-drain"].some((text) => has(found, text));
    const together: Readonly<Record<string, (found: FuzzCase) => boolean>> = {
      "a budget and evictions": (found) => has(found, "PodDisruptionBudget") && evicts(found),
      "an Indexed Job and a fault": (found) => has(found, '"Indexed"') && faultsOf(found).length > 0,
      "a kubelet's restart and a rollout": (found) =>
        has(found, "kubelet-restart") && (has(found, '"setImage"') || has(found, '"restart"')),
      "an ordered set and a lost Pod": (found) => has(found, "StatefulSet") && (has(found, "pod-kill") || has(found, "node-loss")),
      "images to pull and none to have": (found) => has(found, '"present":false') && has(found, "image-pull"),
    };
    for (const [name, isIn] of Object.entries(together))
      expect([name, cases.filter(isIn).length >= cases.length / 50]).toEqual([name, true]);
  });

  test("are of many releases, and half of the features are left out", () => {
    const versions = new Set(cases.map((found) => valueAt(found, ["scenario", "spec", "kubernetesVersion"])));
    expect(versions.size).toBeGreaterThan(8);
    for (const field of ["faults", "actions", "load"]) {
      const without = cases.filter((found) => entriesOf(found, field).length === 0).length;
      expect(without / cases.length).toBeGreaterThan(0.25);
      expect(without / cases.length).toBeLessThan(0.85);
    }
  });
});

describe("neighbours", () => {
  const corpus = cases.slice(0, 20);

  test("are valid, and differ from what they come from", () => {
    const drawn = Array.from({ length: 100 }, (_, index) => source.draw(3, index, corpus));
    expect(drawn.filter((found) => readCase(found).spec === null)).toEqual([]);
    const texts = new Set(corpus.map((found) => JSON.stringify(found)));
    expect(drawn.filter((found) => texts.has(JSON.stringify(found))).length).toBeLessThan(15);
  });

  test("share most of their places with one of the two that they are made of", () => {
    const [member, other] = [corpus[0]!, corpus[1]!];
    for (let seed = 0; seed < 20; seed++) {
      const after = new Set(placesOf(mutated(member, other, new Choices(seed, 1))).map((path) => path.join("/")));
      const kept = [member, other].map((from) => {
        const before = placesOf(from);
        return before.filter((path) => after.has(path.join("/"))).length / before.length;
      });
      expect(Math.max(...kept)).toBeGreaterThan(0.5);
    }
  });

  test("may hold a workload of another case, with what happens to it there", () => {
    const workload = (name: string): PlainDocument => ({ kind: "Deployment", metadata: { name }, spec: { rules: [] } });
    const caseOf = (fault: string): FuzzCase => ({
      scenario: {
        spec: {
          faults: [{ at: "5s", name: "fault0", type: fault, selector: { deployment: "w0" } }],
          load: [{ name: "load0", target: "service/w0" }],
        },
      },
      manifests: [
        workload("w0"),
        { kind: "PodDisruptionBudget", metadata: { name: "rule0" }, spec: { selector: { matchLabels: { app: "w0" } } } },
      ],
    });
    const [whole, other] = [caseOf("oom-kill"), caseOf("pod-kill")];
    const both = joined(whole, other, new Choices(1, 1));
    const names = both.manifests.map((manifest) => String(valueAt(manifest, ["metadata", "name"])));
    const name = names[2]!;
    expect(names).toEqual(["w0", "rule0", name, `${name}-rule0`]);
    expect(both.manifests[2]).toEqual(workload(name));
    expect(entriesOf(both, "faults").map(({ type, selector }) => [type, selector])).toEqual([
      ["oom-kill", { deployment: "w0" }],
      ["pod-kill", { deployment: name }],
    ]);
    expect(entriesOf(both, "load").map(({ target }) => target)).toEqual(["service/w0", `service/${name}`]);
    expect(new Set(entriesOf(both, "faults").map((fault) => fault["name"])).size).toBe(2);
  });

  test("are changed in nothing but what is asked for", () => {
    const text = JSON.stringify(corpus);
    for (let index = 0; index < 50; index++) mutated(corpus[index % 20]!, corpus[(index + 1) % 20]!, new Choices(5, index));
    expect(JSON.stringify(corpus)).toBe(text);
  });
});

describe("a document that can't be valid as it is", () => {
  const scenario = (spec: object): PlainDocument => ({
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: { duration: "60s", ...spec },
  });

  test("loses what its issues name", () => {
    const found = {
      scenario: scenario({
        sed: 1,
        faults: [
          { at: "1s", type: "node-loss" },
          { at: "2s", type: "storm" },
        ],
      }),
      manifests: [{ kind: "Deployment" }],
    };
    expect(repaired(found)).toEqual({ scenario: scenario({ faults: [{ at: "1s", type: "node-loss" }] }), manifests: [] });
  });

  test("is given up when its frame is broken", () => {
    expect(repaired({ scenario: { kind: "Scenario" }, manifests: [] })).toBeNull();
  });
});

test("numbers of neighbouring draws have nothing in common", () => {
  const drawn = new Set(Array.from({ length: 1000 }, (_, index) => mixed(index % 10, Math.floor(index / 10))));
  expect(drawn.size).toBe(1000);
});
