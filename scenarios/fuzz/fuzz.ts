/** `fuzz --self`: draws scenarios for a seed, holds each against the laws, and shrinks the first that breaks one. */
import fc from "fast-check";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { formatIssues } from "../issues.ts";
import { readPlainScenario } from "../plain.ts";
import { fuzzCase, type FuzzCase } from "./arbitrary.ts";
import { counterexampleText } from "./counterexample.ts";
import type { Execute } from "./execute.ts";
import { sameBytesOnTwoShards, settledEqualsLongWarmUp } from "./properties.ts";

export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly execute: Execute;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzOutcome {
  readonly isPassed: boolean;
  readonly text: string;
}

interface Drawn {
  readonly found: FuzzCase;
  readonly isDisturbed: boolean;
}

/** Three of four scenarios are disturbed; in the others nothing happens, so they must come to rest. */
function drawn(): fc.Arbitrary<Drawn> {
  const of = (isDisturbed: boolean): fc.Arbitrary<Drawn> => fuzzCase({ isDisturbed }).map((found) => ({ found, isDisturbed }));
  return fc.oneof({ weight: 3, arbitrary: of(true) }, { weight: 1, arbitrary: of(false) });
}

export async function fuzzSelf(options: FuzzOptions): Promise<FuzzOutcome> {
  const { runs, seed, execute, onProgress } = options;
  let done = 0;
  const property = fc.asyncProperty(drawn(), async ({ found, isDisturbed }) => {
    const message = await breachOf(specOf(found), isDisturbed, execute);
    if (message !== null) throw new Breach(message);
    onProgress?.(++done);
  });
  const details = await fc.check(property, { numRuns: runs, seed, endOnFailure: false });
  if (!details.failed) return { isPassed: true, text: `${runs} scenarios, seed ${seed}: every law holds.` };
  const counterexample = details.counterexample?.[0];
  const message = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
  if (counterexample === undefined) return { isPassed: false, text: message };
  return { isPassed: false, text: counterexampleText(counterexample.found, message, seed, runs) };
}

class Breach extends Error {}

async function breachOf(spec: ScenarioSpec, isDisturbed: boolean, execute: Execute): Promise<string | null> {
  const breach = await sameBytesOnTwoShards(spec, execute);
  return breach ?? (isDisturbed ? null : settledEqualsLongWarmUp(spec, execute));
}

/** The documents, checked as a person's files would be. */
export function specOf(found: FuzzCase): ScenarioSpec {
  const { spec, issues } = readPlainScenario(found.scenario, found.manifests);
  if (spec === null) throw new Error(`podstorm bug: an arbitrary scenario is invalid:\n${formatIssues(issues)}`);
  return spec;
}
