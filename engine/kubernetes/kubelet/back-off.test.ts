/** Back-off of starts and pulls against upstream's own cases. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { advanced, collected, waitUntil, type BackOffEntry, type BackOffRule } from "./back-off.ts";
import { imageDecision } from "./image-manager.ts";

function load<Case>(file: string): Case[] {
  return (JSON.parse(readFileSync(new URL(`../../conformance/vectors/${file}.json`, import.meta.url), "utf8")) as { cases: Case[] }).cases;
}

const rule = (baseSeconds: number, maxSeconds: number, resetSeconds = 600): BackOffRule => ({
  initial: baseSeconds * SECOND,
  max: maxSeconds * SECOND,
  reset: resetSeconds * SECOND,
});

describe("crash-loop back-off", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly baseSeconds: number;
      readonly maxSeconds: number;
      readonly syncPeriodSeconds: number;
      readonly runSeconds: readonly number[];
    };
    readonly expect: {
      readonly events: readonly { readonly exitedAt: number; readonly backoffSeconds: number; readonly restartedAt: number }[];
    };
  }
  for (const { name, input, expect: wanted } of load<Case>("kubelet_crashloop_backoff")) {
    it(`restarts when upstream does: ${name}`, () => {
      const of = rule(input.baseSeconds, input.maxSeconds);
      let entry: BackOffEntry | null = null;
      let startedAt = 0;
      const events = input.runSeconds.map((run) => {
        const exitedAt = startedAt + run;
        const over = waitUntil(entry, exitedAt * SECOND, of) / SECOND;
        // The kubelet syncs at the exit and then at every multiple of its period.
        let restartedAt = exitedAt;
        while (restartedAt < over) restartedAt = Math.floor(restartedAt / input.syncPeriodSeconds + 1) * input.syncPeriodSeconds;
        entry = advanced(entry, exitedAt * SECOND, restartedAt * SECOND, of);
        startedAt = restartedAt;
        return { exitedAt, backoffSeconds: entry.delay / SECOND, restartedAt };
      });
      expect(events).toEqual(wanted.events);
    });
  }

  it("an entry is dropped by the first housekeeping that finds it older than 600 s (D2)", () => {
    const entry: BackOffEntry = { delay: 300 * SECOND, lastUpdate: 2710 * SECOND };
    const housekeeping = { anchor: 0, period: 2 * SECOND };
    const at = (seconds: number): BackOffEntry | null => collected(entry, seconds * SECOND, 600 * SECOND, housekeeping);
    expect(at(3310)).toBe(entry);
    expect(at(3311.999999)).toBe(entry);
    expect(at(3312)).toBe(null);
    // Runs of 400 s: the wait that would last until 3410 ends there.
    expect(waitUntil(at(3312), 3110 * SECOND, rule(10, 300))).toBe(-Infinity);
  });
});

describe("a back-off entry", () => {
  it("is upstream's, asked and advanced step by step", () => {
    const [first, second] = load<{
      input: { baseSeconds: number; maxSeconds: number; atSeconds: number[]; advanceAtSeconds: number[] };
      expect: { inBackOff: boolean[]; backoffSecondsBeforeAdvance: number[] };
    }>("backoff_entry");
    const one = rule(first!.input.baseSeconds, first!.input.maxSeconds, 2 * first!.input.maxSeconds);
    let entry: BackOffEntry | null = null;
    expect(
      first!.input.atSeconds.map((at) => {
        const now = at * SECOND;
        const isIn = entry !== null && now < waitUntil(entry, entry.lastUpdate, one) && now - entry.lastUpdate <= one.reset;
        if (!isIn) entry = advanced(entry, now, now, one);
        return isIn;
      }),
    ).toEqual(first!.expect.inBackOff);

    const two = rule(second!.input.baseSeconds, second!.input.maxSeconds, 2 * second!.input.maxSeconds);
    entry = null;
    expect(
      second!.input.advanceAtSeconds.map((at) => {
        const before = entry === null ? 0 : (entry as BackOffEntry).delay / SECOND;
        entry = advanced(entry, at * SECOND, at * SECOND, two);
        return before;
      }),
    ).toEqual(second!.expect.backoffSecondsBeforeAdvance);
  });
});

describe("image pulls", () => {
  interface Case {
    readonly name: string;
    readonly input: {
      readonly imagePullPolicy: "Always" | "IfNotPresent" | "Never";
      readonly imagePresentAtStart: boolean;
      readonly inspectFails: boolean;
      readonly registryWorks: readonly boolean[];
      readonly atSeconds: readonly number[];
      readonly baseSeconds: number;
      readonly maxSeconds: number;
    };
    readonly expect: { readonly steps: readonly { readonly pullAttempted: boolean; readonly error: string }[] };
  }
  // An inspection that fails isn't modelled.
  for (const { name, input, expect: wanted } of load<Case>("kubelet_image_pull").filter((one) => !one.input.inspectFails)) {
    it(`are attempted when upstream attempts them: ${name}`, () => {
      const of = rule(input.baseSeconds, input.maxSeconds, 2 * input.maxSeconds);
      let entry: BackOffEntry | null = null;
      let isPresent = input.imagePresentAtStart;
      const steps = input.atSeconds.map((at, index) => {
        const now = at * SECOND;
        const decision = imageDecision(
          input.imagePullPolicy,
          isPresent,
          entry === null ? -Infinity : waitUntil(entry, entry.lastUpdate, of),
          now,
        );
        if (decision.type === "ready") return { pullAttempted: false, error: "" };
        if (decision.type === "failed") return { pullAttempted: false, error: decision.reason };
        if (input.registryWorks[index]!) isPresent = true;
        else entry = advanced(entry, now, now, of);
        return { pullAttempted: true, error: input.registryWorks[index]! ? "" : "ErrImagePull" };
      });
      expect(steps).toEqual(wanted.steps);
    });
  }
});
