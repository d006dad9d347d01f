import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { NEVER } from "../../kernel/time.ts";
import { PlaceQueue } from "./place-queue.ts";

property.prop([fc.array(fc.nat(30), { maxLength: 100 })])("steps come by time, then place", (times) => {
  const queue = new PlaceQueue();
  times.forEach((time, place) => queue.push(time, place));
  const expected = times.map((time, place) => ({ time, place })).sort((a, b) => a.time - b.time || a.place - b.place);
  for (const { time, place } of expected) {
    expect(queue.headTime).toBe(time);
    expect(queue.pop()).toBe(place);
  }
  expect(queue.headTime).toBe(NEVER);
});
