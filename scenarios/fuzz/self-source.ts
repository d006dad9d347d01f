/**
 * Everything drawn, to test podstorm itself. Most cases may hold all that the model knows; some are small Deployments under load
 * with faults, and some of those are left alone, so they must come to rest. With a corpus, three in four are neighbours of its members.
 */
import fc from "fast-check";
import { parseDuration } from "../../engine/values/duration.ts";
import { fuzzCase } from "./arbitrary.ts";
import { valueAt } from "./document-path.ts";
import type { CaseSource } from "./case-source.ts";
import { drawEvenly } from "./drawn-number.ts";
import { wideCase } from "./drawn/case.arbitrary.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import { Choices, mutated } from "./mutate.ts";
import { repaired } from "./repair.ts";

const anyCase: fc.Arbitrary<FuzzCase> = fc.oneof(
  { weight: 7, arbitrary: wideCase },
  { weight: 2, arbitrary: fuzzCase({ isDisturbed: true }) },
  { weight: 1, arbitrary: fuzzCase({ isDisturbed: false }) },
);
/** Valid as it is: in place of what can't be mended. */
const plainCase = fuzzCase({ isDisturbed: true });

/** Pods that a neighbour may come to: a campaign is about many small runs. */
const REPLICAS_MAX = 30;
/** Of loads and crashes: per second or minute. */
const RATE_MAX = 100;
const DURATION_MAX = 300_000_000;
/** Characters: what has grown from change to change. */
const TEXT_MAX = 20_000;

export function selfSource(): CaseSource {
  return {
    name: "self",
    draw(seed, index, corpus) {
      const choices = new Choices(seed, index);
      const drawn = drawEvenly(anyCase, seed, index);
      const member = choices.below(4) === 0 ? undefined : choices.of(corpus);
      const found = member === undefined ? drawn : mutated(member, drawn, choices);
      return repaired(isSmall(found) ? found : drawn) ?? drawEvenly(plainCase, seed, index);
    },
  };
}

/** Numbers that were doubled again and again. */
function isSmall(found: FuzzCase): boolean {
  const text = JSON.stringify(found);
  const tooMany = [...text.matchAll(/"(?:replicas|count|maxReplicas|parallelism|completions|max)":(\d+)/g)].some(
    ([, count]) => Number(count) > REPLICAS_MAX,
  );
  const tooFast = [...text.matchAll(/"(\d+)\/[sm]"/g)].some(([, count]) => Number(count) > RATE_MAX);
  // A user who doesn't think asks as fast as the network carries.
  const tooEager = /"thinkTime":"0(?:ms|s)?"/.test(text);
  const duration = parseDuration(String(valueAt(found, ["scenario", "spec", "duration"]))) ?? 0;
  return !tooMany && !tooFast && !tooEager && duration <= DURATION_MAX && text.length < TEXT_MAX;
}
