/** What upstream's own cases (engine/conformance) leave out of back-off: entries that are dropped. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { collected, waitUntil, type BackOffEntry } from "./back-off.ts";

describe("crash-loop back-off", () => {
  it("an entry is dropped by the first housekeeping that finds it older than 600 s (D2)", () => {
    const entry: BackOffEntry = { delay: 300 * SECOND, lastUpdate: 2710 * SECOND };
    const housekeeping = { anchor: 0, period: 2 * SECOND };
    const at = (seconds: number): BackOffEntry | null => collected(entry, seconds * SECOND, 600 * SECOND, housekeeping);
    expect(at(3310)).toBe(entry);
    expect(at(3311.999999)).toBe(entry);
    expect(at(3312)).toBe(null);
    // Runs of 400 s: the wait that would last until 3410 ends there.
    expect(waitUntil(at(3312), 3110 * SECOND, { initial: 10 * SECOND, max: 300 * SECOND, reset: 600 * SECOND })).toBe(-Infinity);
  });
});
