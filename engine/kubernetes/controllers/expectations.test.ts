import { expect, test } from "vitest";
import { Expectations } from "./expectations.ts";

test("nothing expected is satisfied", () => {
  expect(new Expectations(300).areSatisfied(1, 0)).toBe(true);
});

test("every creation has to be seen", () => {
  const expectations = new Expectations(300);
  expectations.expectCreations(1, 2, 0);
  expectations.creationObserved(1);
  expect(expectations.areSatisfied(1, 10)).toBe(false);
  expectations.creationObserved(1);
  expect(expectations.areSatisfied(1, 10)).toBe(true);
});

test("deletions are told apart by Pod: seeing one twice is seeing it once", () => {
  const expectations = new Expectations(300);
  expectations.expectDeletions(1, [7, 8], 0);
  expectations.deletionObserved(1, 7);
  expectations.deletionObserved(1, 7);
  expect(expectations.areSatisfied(1, 10)).toBe(false);
  expectations.deletionObserved(1, 8);
  expect(expectations.areSatisfied(1, 10)).toBe(true);
});

test("expectations that are too old are ignored", () => {
  const expectations = new Expectations(300);
  expectations.expectCreations(1, 1, 0);
  expect(expectations.areSatisfied(1, 300)).toBe(false);
  expect(expectations.areSatisfied(1, 301)).toBe(true);
});

test("creations and deletions that are expected together have both to be seen", () => {
  const expectations = new Expectations(300);
  expectations.expect(1, 1, [7], 5);
  expectations.creationObserved(1);
  expect(expectations.areSatisfied(1, 10)).toBe(false);
  expectations.deletionObserved(1, 7);
  expect(expectations.areSatisfied(1, 10)).toBe(true);
  expectations.expect(1, 1, [7], 5);
  expectations.deletionObserved(1, 7);
  expect([expectations.areSatisfied(1, 305), expectations.areSatisfied(1, 306)]).toEqual([false, true]);
});

test("more creations than expected are no fault", () => {
  const expectations = new Expectations(300);
  expectations.expectCreations(1, 1, 0);
  expectations.creationObserved(1);
  expectations.creationObserved(1);
  expect(expectations.areSatisfied(1, 10)).toBe(true);
});

test("owners have expectations of their own, and those forgotten none", () => {
  const expectations = new Expectations(300);
  expectations.expectCreations(1, 1, 0);
  expectations.expectDeletions(2, [7], 0);
  expectations.creationObserved(2);
  expectations.creationObserved(3);
  expectations.deletionObserved(3, 7);
  expect([1, 2, 3].map((owner) => expectations.areSatisfied(owner, 10))).toEqual([false, false, true]);
  expectations.forget(1);
  expect([1, 2].map((owner) => expectations.areSatisfied(owner, 10))).toEqual([true, false]);
});
