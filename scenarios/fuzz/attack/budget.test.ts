import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { budgetText, readBudget, USUAL_BUDGET, type Term } from "./budget.ts";
import { exampleOf, levers, type LeverName } from "./levers.ts";

const SECOND = 1_000_000;
const documents = readFileSync("docs/fuzzing.md", "utf8");

const readable: readonly (readonly [text: string, terms: readonly Term[], shown?: string])[] = [
  ["1 node", [{ lever: "node", count: 1, duration: null, strength: null }]],
  ["2 nodes for 30s", [{ lever: "node", count: 2, duration: 30 * SECOND, strength: null }]],
  [
    "1 node + 4s of API server",
    [
      { lever: "node", count: 1, duration: null, strength: null },
      { lever: "API server", count: 1, duration: 4 * SECOND, strength: null },
    ],
  ],
  ["2.5s of the apiserver", [{ lever: "API server", count: 1, duration: 2.5 * SECOND, strength: null }], "2.5s of API server"],
  ["20% loss for 30s", [{ lever: "loss", count: 1, duration: 30 * SECOND, strength: 20 }]],
  ["200ms delay for 1m", [{ lever: "delay", count: 1, duration: 60 * SECOND, strength: SECOND / 5 }]],
  ["10x slow cpu for 1m30s", [{ lever: "slow CPU", count: 1, duration: 90 * SECOND, strength: 10 }], "10x slow CPU for 1m30s"],
  [
    "3 PODS, 1 oom-kill and 10s of watch  lag",
    [
      { lever: "pod", count: 3, duration: null, strength: null },
      { lever: "OOM kill", count: 1, duration: null, strength: null },
      { lever: "watch lag", count: 1, duration: 10 * SECOND, strength: null },
    ],
    "3 pods + 1 OOM kill + 10s of watch lag",
  ],
];

test.each(readable.map(([text, terms, shown = text]) => ({ text, terms, shown })))(
  "$text is understood, and said in one way",
  ({ text, terms, shown }) => {
    expect(readBudget(text)).toEqual({ terms });
    expect(budgetText(terms)).toBe(shown);
  },
);

const refused: readonly (readonly [text: string, column: number, message: string])[] = [
  ["", 1, "found nothing, expected an amount and a lever"],
  ["1 node +", 9, "found nothing"],
  ["1 node + 2 gremlins", 12, 'found unknown lever "gremlins", expected one of node, zone'],
  ["nodes", 1, 'found "nodes", expected an amount'],
  ["0 nodes", 1, 'expected node in the form "2 nodes [for 30s]"'],
  ["4s API server", 1, 'expected API server in the form "10s of API server"'],
  ["2 of API server", 1, 'expected API server in the form "10s of API server"'],
  ["1 node + 20% loss", 10, 'expected loss in the form "20% loss for 30s"'],
  ["120% loss for 3s", 1, "expected loss in the form"],
  ["1x slow CPU for 3s", 1, "expected slow CPU in the form"],
  ["20% loss for ages", 14, 'found "ages", expected a duration'],
  ["2 pods for 10s", 1, 'expected pod in the form "2 pods"'],
  ["1 node, 2 nodes", 9, "found node twice"],
];

test.each(refused)("%j is refused at its column", (text, column, message) => {
  const read = readBudget(text);
  expect(read).toMatchObject({ problem: { column } });
  expect((read as { problem: { message: string } }).problem.message).toContain(message);
});

describe("the table of levers", () => {
  test.each(Object.keys(levers) as LeverName[])("%s is understood in the form that its help shows", (name) => {
    expect(readBudget(exampleOf(name).replace(/[[\]]/g, ""))).toMatchObject({ terms: [{ lever: name }] });
  });

  test.each(Object.entries(levers))("%s stands in the documents with its price", (name, { meaning, fault, price }) => {
    expect(documents).toContain(`| \`${exampleOf(name as LeverName)}\` | ${meaning} | \`${fault}\` | ${price} |\n`);
  });

  test("knows the usual budget", () => {
    const read = readBudget(USUAL_BUDGET);
    expect("terms" in read && budgetText(read.terms)).toBe(USUAL_BUDGET);
    expect(documents).toContain(`\`${USUAL_BUDGET}\``);
  });
});
