/** Which Pods go first, beyond upstream's own pairs, which are among the vectors (engine/conformance). */
import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";
import { compareForDeletion, type AgeRule, type RankedPod } from "./deletion-ranking.ts";

const NOW = 100_000;
const usual: RankedPod = {
  isAssigned: true,
  phase: PodPhase.Running,
  isReady: true,
  deletionCost: 0,
  rank: 1,
  readySince: NOW - 5_000,
  createdAt: NOW - 6_000,
  restarts: 0,
  sidecarRestarts: 0,
  uid: 5,
};

/** What sets a Pod apart from the usual one so that it goes first; the strongest reason first. */
const reasons: readonly (readonly [string, Partial<RankedPod>])[] = [
  ["isn't assigned to a node", { isAssigned: false }],
  ["is pending", { phase: PodPhase.Pending }],
  ["is in a phase that nobody knows", { phase: PodPhase.Unknown }],
  ["isn't ready", { isReady: false }],
  ["costs less", { deletionCost: -1 }],
  ["has more of its kind on its node", { rank: 2 }],
  ["is ready for a shorter time", { readySince: NOW - 1_000 }],
  ["restarted more often", { restarts: 1 }],
  ["has a sidecar that restarted more often", { sidecarRestarts: 1 }],
  ["is younger", { createdAt: NOW - 1_000 }],
];

const order = (a: RankedPod, b: RankedPod, ages?: AgeRule): [number, number] => [
  Math.sign(compareForDeletion(a, b, NOW * SECOND, ages)),
  Math.sign(compareForDeletion(b, a, NOW * SECOND, ages)),
];

test.each(reasons)("a Pod goes first that %s", (_, change) => {
  for (const ages of ["logarithmic", "exact"] as const) expect(order({ ...usual, ...change }, usual, ages)).toEqual([-1, 1]);
});

test("a stronger reason outweighs all that follow", () => {
  for (const [index, [, strong]] of reasons.entries()) {
    const weaker = Object.assign({}, ...reasons.slice(index + 1).map(([, change]) => change)) as Partial<RankedPod>;
    // Of one kind of reason, the same field can't say both.
    const others = Object.fromEntries(Object.entries(weaker).filter(([field]) => !(field in strong)));
    expect([index, ...order({ ...usual, ...strong }, { ...usual, ...others })]).toEqual([index, -1, 1]);
  }
});

test("Pods that have ended rank like those that run", () => {
  for (const phase of [PodPhase.Succeeded, PodPhase.Failed]) expect(order({ ...usual, phase }, usual)).toEqual([0, 0]);
});

test("how long Pods have been ready counts only when both are", () => {
  const unready = { ...usual, isReady: false, readySince: NOW - 10 };
  expect(order(unready, { ...unready, readySince: NOW - 9_000 })).toEqual([0, 0]);
});

test("a time that isn't set counts as most recent", () => {
  expect(order({ ...usual, readySince: null }, { ...usual, readySince: NOW })).toEqual([-1, 1]);
  expect(order({ ...usual, createdAt: null }, { ...usual, createdAt: NOW })).toEqual([-1, 1]);
  expect(order({ ...usual, createdAt: null }, { ...usual, createdAt: null })).toEqual([0, 0]);
});

test.each([
  // 2^42 ns are 4,398.0 s, 2^43 ns 8,796.1 s.
  ["of one power of two, the lower UID goes first", 4_400, 8_796, { uid: 4 }, -1],
  ["even if it is the older", 8_796, 4_400, { uid: 4 }, -1],
  ["the younger power of two goes first, whatever the UID", 4_398, 4_399, { uid: 9 }, -1],
  ["and the older one later", 8_797, 8_796, { uid: 4 }, 1],
  ["no age at all is the youngest", 0, 1, { uid: 9 }, -1],
  ["one of the future is as young", -3, 0, { uid: 9 }, 1],
])("of two Pods %s", (_, age, otherAge, change, wanted) => {
  const aged = (seconds: number): RankedPod => ({ ...usual, readySince: NOW - seconds });
  expect(order({ ...aged(age), ...change }, aged(otherAge))).toEqual([wanted, -wanted]);
});

test("exact ages compare to the second", () => {
  expect(order({ ...usual, readySince: NOW - 4_400, uid: 9 }, { ...usual, readySince: NOW - 4_401 }, "exact")).toEqual([-1, 1]);
});

const pods = fc.record<RankedPod>({
  isAssigned: fc.boolean(),
  phase: fc.constantFrom(...Object.values(PodPhase)),
  isReady: fc.boolean(),
  deletionCost: fc.integer({ min: -1, max: 1 }),
  rank: fc.integer({ min: 1, max: 2 }),
  readySince: fc.integer({ min: NOW - 40, max: NOW }),
  createdAt: fc.integer({ min: NOW - 40, max: NOW }),
  restarts: fc.nat(1),
  sidecarRestarts: fc.nat(1),
  uid: fc.nat(3),
});

property.prop({ a: pods, b: pods })("either order of two Pods is the other's opposite", ({ a, b }) => {
  for (const ages of ["logarithmic", "exact"] as const) {
    const [one, other] = order(a, b, ages);
    expect(one + other).toBe(0);
  }
});
