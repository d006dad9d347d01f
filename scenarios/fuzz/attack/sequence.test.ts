import { describe, expect, test } from "vitest";
import { valueAt } from "../document-path.ts";
import { readCase, type FuzzCase } from "../fuzz-case.ts";
import { readBudget, type Term } from "./budget.ts";
import type { Ground } from "./ground.ts";
import { exampleOf, levers, type LeverName } from "./levers.ts";
import { attacked, isAffordable, sequenceText, useText, type Sequence, type Use } from "./sequence.ts";

const SECOND = 1_000_000;

const ground: Ground = {
  earliest: SECOND,
  latest: 40 * SECOND,
  instants: [20 * SECOND],
  nodes: ["node-1", "node-0"],
  zones: ["a"],
  workloads: [{ label: "default/web", selector: { deployment: "web" } }],
};

const base: FuzzCase = {
  scenario: {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "60s",
      nodes: [{ count: 2, zones: 1 }],
      faults: [{ at: "5s", type: "api-server-slow", duration: "1s" }],
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
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:v1" }] } },
      },
    },
  ],
};

function termsOf(text: string): readonly Term[] {
  const read = readBudget(text);
  if ("problem" in read) throw new Error(read.problem.message);
  return read.terms;
}

function use(fields: Partial<Use>): Use {
  return { term: 0, at: 20 * SECOND, place: 0, count: 1, duration: null, strength: null, ...fields };
}

function faultsOf(sequence: Sequence, budget: string): unknown {
  return valueAt(attacked(base, sequence, termsOf(budget), ground), ["scenario", "spec", "faults"]);
}

describe("a sequence", () => {
  test.each(Object.keys(levers) as LeverName[])("of %s in full is part of a valid scenario", (name) => {
    const terms = termsOf(exampleOf(name).replace(/[[\]]/g, ""));
    const { count, duration, strength } = terms[0]!;
    const found = attacked(base, [use({ count, duration, strength })], terms, ground);
    const { spec, issues } = readCase(found);
    expect(issues).toEqual([]);
    expect(spec!.faults.length).toBeGreaterThan(1);
    expect(spec!.faults.at(-1)).toMatchObject({ type: levers[name].fault, at: 20 * SECOND });
  });

  test("happens besides what the scenario has, each fault with a name that nothing else changes", () => {
    const pod = use({ at: 20.5 * SECOND });
    const sequence = [use({ term: 1, count: 2 }), pod, { ...pod, place: 0 }];
    expect(faultsOf(sequence, "2 pods + 2 nodes")).toEqual([
      { at: "5s", type: "api-server-slow", duration: "1s" },
      { at: "20s", name: "attack-node-loss-20s", type: "node-loss", selector: { node: "node-1" } },
      { at: "20s", name: "attack-node-loss-20s-2", type: "node-loss", selector: { node: "node-0" } },
      { at: "20.5s", name: "attack-pod-kill-20.5s", type: "pod-kill", selector: { deployment: "web" }, mode: "fixed", value: 1 },
      { at: "20.5s", name: "attack-pod-kill-20.5s-2", type: "pod-kill", selector: { deployment: "web" }, mode: "fixed", value: 1 },
    ]);
  });

  test("is told in the words of budgets, and use by use", () => {
    const terms = termsOf("2 nodes + 10s of API server + 50% loss for 20s");
    const sequence = [
      use({}),
      use({ term: 1, duration: 2 * SECOND }),
      use({ term: 1, duration: SECOND / 10, at: 30 * SECOND }),
      use({ term: 2, duration: 5 * SECOND, strength: 13 }),
    ];
    expect(sequenceText(sequence, terms)).toBe("1 node + 2.1s of API server + 13% loss for 5s");
    expect(useText(sequence[0]!, terms, ground)).toBe("at 20s: 1 node: a node is lost (node-1)");
    expect(useText(sequence[3]!, terms, ground)).toBe("at 20s: 13% loss for 5s: packets of a workload are lost (default/web)");
  });

  const cases: readonly (readonly [text: string, budget: string, sequence: Sequence, isFine: boolean])[] = [
    ["two of two nodes, one by one", "2 nodes", [use({}), use({ at: SECOND })], true],
    ["three of two nodes", "2 nodes", [use({ count: 2 }), use({})], false],
    ["both halves of a time", "4s of API server", [use({ duration: 2 * SECOND }), use({ duration: 2 * SECOND })], true],
    ["more than all of a time", "4s of API server", [use({ duration: 2 * SECOND }), use({ duration: 3 * SECOND })], false],
    [
      "half as strong twice",
      "20% loss for 4s",
      [use({ duration: 4 * SECOND, strength: 10 }), use({ duration: 4 * SECOND, strength: 10 })],
      true,
    ],
    ["a node for longer than it may", "2 nodes for 5s", [use({ duration: 6 * SECOND })], false],
  ];

  test.each(cases)("of %s: what the budget %s pays for", (_, budget, sequence, isFine) => {
    expect(isAffordable(sequence, termsOf(budget))).toBe(isFine);
  });
});
