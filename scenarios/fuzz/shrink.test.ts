/** Shrinking: what is found still fails, is valid and small; and reads back from its text as the same case. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../engine/result.ts";
import { runHere } from "../../workers/run.ts";
import { parseYaml } from "../yaml.ts";
import { caseText } from "./case-text.ts";
import { selfSource } from "./case-source.ts";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";
import { shrinkCase } from "./shrink.ts";
import { isMapping, valueAt } from "./document-path.ts";

const source = selfSource();
const drawn = fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([seed, index]) => source.draw(seed, index, []));

const spec = (found: FuzzCase): PlainDocument => found.scenario["spec"] as PlainDocument;
const faultsOf = (found: FuzzCase): readonly PlainDocument[] => (spec(found)["faults"] ?? []) as readonly PlainDocument[];

describe("a failure that needs one fault", () => {
  const fails = (found: FuzzCase): boolean => faultsOf(found).some(({ type }) => type !== "oom-kill");
  const small = { tries: 2_000 };

  test("keeps that fault, one Pod at most, and nothing else", async () => {
    const found = Array.from({ length: 100 }, (_, index) => source.draw(1, index, [])).find(
      (each) => faultsOf(each).filter(({ type }) => type !== "oom-kill").length > 1,
    )!;
    const shrunk = await shrinkCase(found, async (smaller) => fails(smaller), small);
    expect(faultsOf(shrunk)).toHaveLength(1);
    expect(shrunk.manifests.length).toBeLessThanOrEqual(1);
    expect(Object.keys(spec(shrunk)).sort()).toEqual(["duration", "faults", "manifests"]);
    const { scenario, manifests } = caseText(shrunk, { lines: ["It breaks."], command: "podstorm replay 1" });
    expect(scenario.split("\n").length + manifests.split("\n").length).toBeLessThan(25);
  });
});

describe("properties", () => {
  test("what is shrunk still fails, and is valid", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, fc.integer({ min: 0, max: 100 }), async (found, tries) => {
        const size = JSON.stringify(found).length;
        const fails = async (smaller: FuzzCase): Promise<boolean> => JSON.stringify(smaller).length % 3 === size % 3;
        const shrunk = await shrinkCase(found, fails, { tries });
        expect(await fails(shrunk)).toBe(true);
        expect(readCase(shrunk).issues).toEqual([]);
        expect(JSON.stringify(shrunk).length).toBeLessThanOrEqual(size);
      }),
      { numRuns: 5 },
    );
  });

  test("a person's manifests go or stay, and nothing in them changes", async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async (found) => {
        const fails = async (smaller: FuzzCase): Promise<boolean> => smaller.manifests.length > 0;
        const shrunk = await shrinkCase(found, fails, { tries: 200, isWhole: true });
        for (const manifest of shrunk.manifests) expect(found.manifests).toContainEqual(manifest);
        expect(valueAt(shrunk, ["scenario", "spec", "nodes"])).toEqual(valueAt(found, ["scenario", "spec", "nodes"]));
      }),
      { numRuns: 10 },
    );
  });

  test("the text of a case reads back as the case", () => {
    fc.assert(
      fc.property(drawn, (found) => {
        const text = caseText(found, { lines: ["Story: of {this} # and that"], command: "podstorm replay x" });
        expect(documentsOf(text.manifests)).toEqual(JSON.parse(JSON.stringify(found.manifests)));
        const [scenario] = documentsOf(text.scenario);
        expect(isMapping(scenario)).toBe(true);
        expect(scenario).toEqual({ ...found.scenario, spec: { ...spec(found), manifests: ["manifests.yaml"] } });
      }),
      { numRuns: 30 },
    );
  });
});

function documentsOf(text: string): readonly unknown[] {
  const { documents, issues } = parseYaml(text, "case.yaml");
  expect(issues).toEqual([]);
  return documents.map(({ value }) => value);
}

describe("a person's scenario", () => {
  const load = { name: "shop", target: "service/web", executor: "poisson-arrival-rate", rate: "20/s", timeout: "1s" };
  const gone = { name: "gone", type: "node-loss", at: "50s", duration: "5s", selector: { node: "node-1" }, mode: "fixed", value: 1 };
  const written: FuzzCase = {
    scenario: {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: "60s",
        warmup: "10s",
        seed: 713,
        start: "settled",
        nodes: [{ count: 2 }],
        load: [load, { name: "other", target: "service/web", rate: "3/s" }],
        actions: [
          { at: "20s", cordon: { node: "node-0" } },
          { at: "30s", uncordon: { node: "node-0" } },
        ],
        faults: [gone, { name: "slow", type: "api-server-slow", at: "17s", duration: "3s", delay: "2s" }],
        thresholds: { requests_lost: ["rate<0.1%"], restarts: ["count==0"] },
      },
    },
    manifests: [
      { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    ],
  };
  const shrunkTo = async (field: string): Promise<PlainDocument> => {
    const list = (found: FuzzCase): readonly unknown[] => (spec(found)[field] ?? []) as readonly unknown[];
    const first = list(written).length;
    const fails = async (found: FuzzCase): Promise<boolean> => list(found).length === first;
    expect(readCase(written).issues).toEqual([]);
    return spec(await shrinkCase(written, fails, { tries: 500, isWhole: true }));
  };

  test("keeps faults with whom they meet, not longer, and after the warm-up; loads and the cluster as they are", async () => {
    const { faults, load: loads, actions, nodes, start, warmup } = await shrunkTo("faults");
    expect(faults).toEqual([
      { ...gone, at: "10s", duration: expect.stringMatching(/^[0-5]s$/) },
      { name: "slow", type: "api-server-slow", at: "10s", duration: expect.stringMatching(/^[0-3]s$/), delay: "2s" },
    ]);
    expect([loads, actions]).toEqual([undefined, undefined]);
    expect({ nodes, start, warmup }).toEqual({ nodes: [{ count: 2 }], start: "settled", warmup: "10s" });
  });

  test("keeps actions in their order", async () => {
    const { actions } = await shrunkTo("actions");
    expect(actions).toEqual([
      { at: "10s", cordon: { node: "node-0" } },
      { at: expect.stringMatching(/^[1-3]\ds$/), uncordon: { node: "node-0" } },
    ]);
  });

  test("asks as much as it did, or nothing", async () => {
    const { load: loads, faults } = await shrunkTo("load");
    expect(loads).toEqual(spec(written)["load"]);
    expect(faults).toBeUndefined();
  });
});

describe("planted failures of drawn cases", () => {
  /** A rule that can't hold, of what most drawn cases bring about. */
  const planted: readonly (readonly [string, (found: FuzzCase) => Promise<boolean>])[] = [
    ["a container that restarts", async (found) => (await resultOf(found)).restarts.length > 0],
    ["a request that is lost", async (found) => (await resultOf(found)).losses.length > 0],
    ["a Pod that is gone", async (found) => (await resultOf(found)).control.pods.some(({ isGone }) => isGone)],
  ];

  test.each(planted)("%s: at most 25 lines and 3 Pods are left", async (_, fails) => {
    let first: FuzzCase | null = null;
    for (let index = 0; first === null; index++) {
      const found = source.draw(11, index, []);
      if (JSON.stringify(found).length > 3_000 && (await fails(found))) first = found;
    }
    const shrunk = await shrinkCase(first, fails, { tries: 600 });
    expect(await fails(shrunk)).toBe(true);
    const { scenario, manifests, others } = caseText(shrunk, { lines: [], command: "podstorm replay x" });
    const lines = [scenario, manifests, ...Object.values(others)].join("").trimEnd().split("\n");
    expect(lines.length, lines.join("\n")).toBeLessThanOrEqual(25);
    expect((await resultOf(shrunk)).control.pods.length).toBeLessThanOrEqual(3);
  });
});

async function resultOf(found: FuzzCase): Promise<RunResult> {
  return runHere(readCase(found).spec!, 1);
}
