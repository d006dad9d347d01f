/** The generator: what the model knows isn't only drawn, it takes effect. */
import { expect, test } from "vitest";
import { selfSource } from "../../scenarios/fuzz/case-source.ts";
import { actionNames, faultTypes } from "../../scenarios/fuzz/drawn/happenings.arbitrary.ts";
import { workloadKinds } from "../../scenarios/fuzz/drawn/objects.arbitrary.ts";
import { drawnIn, effectsOf } from "./drawn-effects.ts";

const RUNS = 600;

test(`each fault, action and kind of workload takes effect in the first ${RUNS} cases of seed 1`, async () => {
  const missing = new Set([
    ...faultTypes.map((type) => `fault ${type}`),
    ...actionNames.map((name) => `action ${name}`),
    ...workloadKinds.map((kind) => `workload ${kind}`),
  ]);
  const source = selfSource();
  for (let index = 0; index < RUNS && missing.size > 0; index++) {
    const found = source.draw(1, index, []);
    // Those that hold nothing new needn't be run.
    if ([...drawnIn(found)].every((name) => !missing.has(name))) continue;
    const { drawn, effective } = await effectsOf(found);
    for (const name of effective) expect(drawn).toContain(name);
    for (const name of effective) missing.delete(name);
  }
  expect([...missing]).toEqual([]);
});
