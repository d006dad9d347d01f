/** The rows of timers themselves; how they fire is simulator.test.ts. */
import { describe, expect, it } from "vitest";
import { EventClass } from "./event.ts";
import { NEVER } from "./time.ts";
import { NO_CLASS, TimerTable } from "./timer-table.ts";

describe("a new timer", () => {
  it("is armed for never, once, in no class", () => {
    const timers = new TimerTable();
    const id = timers.create(3, 5, 9, EventClass.observer);
    expect(id).toBe(0);
    expect([timers.lp[id], timers.slot[id], timers.tag[id], timers.eventClass[id]]).toEqual([3, 5, 9, EventClass.observer]);
    expect([timers.deadline[id], timers.queuedAt[id], timers.period[id], timers.periodClass[id]]).toEqual([NEVER, NEVER, 0, NO_CLASS]);
    expect(timers.eventClass[timers.create(3, 6, 9)]).toBe(EventClass.timer);
  });

  it("is of class timer or observer", () => {
    expect(() => new TimerTable().create(0, 0, 0, EventClass.message)).toThrow("class timer or observer");
  });

  it("takes the row that was released last, with nothing left of the one before", () => {
    const timers = new TimerTable();
    const [first, second] = [timers.create(1, 1, 1), timers.create(1, 2, 2)];
    timers.setDeadline(first!, 40, 10);
    timers.queuedAt[first!] = 40;
    timers.release(first!);
    expect([timers.deadline[first!], timers.queuedAt[first!], timers.period[first!]]).toEqual([NEVER, NEVER, 0]);
    timers.release(second!);
    expect([timers.create(2, 1, 1), timers.create(2, 2, 2), timers.create(2, 3, 3)]).toEqual([second, first, 2]);
  });
});

it("a timer is released once", () => {
  const timers = new TimerTable();
  const id = timers.create(0, 0, 0);
  timers.release(id);
  expect(() => timers.release(id)).toThrow("released twice");
  expect(() => timers.release(timers.create(0, 0, 0))).not.toThrow();
});

it("the table grows when it is full, and keeps what it holds", () => {
  const timers = new TimerTable(2);
  for (let row = 0; row < 9; row++) {
    const id = timers.create(row + 1, row + 2, row + 3, row % 2 === 0 ? EventClass.timer : EventClass.observer);
    expect(id).toBe(row);
    timers.setDeadline(id, 100 + row, 7 + row);
    timers.queuedAt[id] = 50 + row;
    timers.generation[id] = 20 + row;
    timers.isRinged[id] = 1;
  }
  const { deadline, period, slot, tag, lp, eventClass, queuedAt, generation, isRinged, periodClass } = timers;
  const columns = [deadline, period, slot, tag, lp, eventClass, queuedAt, generation, isRinged, periodClass];
  for (const column of columns) expect(column.length).toBe(16);
  for (let row = 0; row < 9; row++) {
    const ownClass = row % 2 === 0 ? EventClass.timer : EventClass.observer;
    const values = [100 + row, 7 + row, row + 2, row + 3, row + 1, ownClass, 50 + row, 20 + row, 1, row + 1];
    expect(columns.map((column) => column[row])).toEqual(values);
  }
});

describe("arming", () => {
  it("makes a ring entry void, and nothing else", () => {
    const timers = new TimerTable();
    const id = timers.create(0, 0, 0);
    timers.setDeadline(id, 10, 5);
    expect([timers.generation[id], timers.isRinged[id], timers.deadline[id]]).toEqual([0, 0, 10]);
    timers.isRinged[id] = 1;
    timers.setDeadline(id, 20, 5);
    expect([timers.generation[id], timers.isRinged[id], timers.deadline[id]]).toEqual([1, 0, 20]);
    timers.setDeadline(id, 30, 5);
    expect(timers.generation[id]).toBe(1);
  });

  it("with a period joins the class of those that have the same, and leaves its own", () => {
    const timers = new TimerTable();
    const ids = [0, 1, 2].map((slot) => timers.create(0, slot, 0));
    for (const id of ids) timers.setDeadline(id, 10, 5);
    expect(ids.map((id) => timers.periodClass[id])).toEqual([1, 1, 1]);
    timers.setDeadline(ids[1]!, 20, 8);
    expect([timers.periodClass[ids[1]!], timers.period[ids[1]!]]).toEqual([2, 8]);
    expect(timers.classMembers.slice(1)).toEqual([2, 1]);
    timers.setDeadline(ids[0]!, 20, 0);
    expect([timers.periodClass[ids[0]!], timers.period[ids[0]!]]).toEqual([NO_CLASS, 0]);
    timers.release(ids[2]!);
    expect(timers.classMembers.slice(1)).toEqual([0, 1]);
    timers.setDeadline(ids[0]!, 30, 5);
    expect(timers.classMembers).toEqual([0, 1, 1]);
  });

  it("with one period more than there are classes joins none", () => {
    const timers = new TimerTable();
    const id = timers.create(0, 0, 0);
    for (let period = 1; period < 65536; period++) timers.setDeadline(id, 10, period);
    expect(timers.periodClass[id]).toBe(65535);
    timers.setDeadline(id, 10, 70_000);
    expect([timers.periodClass[id], timers.period[id]]).toEqual([NO_CLASS, 70_000]);
    expect(timers.classMembers.length).toBe(65536);
    timers.setDeadline(id, 10, 12);
    expect(timers.periodClass[id]).toBe(12);
  });
});

it("a cleared table is like a new one", () => {
  const timers = new TimerTable();
  timers.memory = { words: new Int32Array(16) };
  for (const slot of [0, 1, 2]) {
    const id = timers.create(0, slot, 0);
    timers.setDeadline(id, 10, 5 + slot);
    timers.generation[id] = 4;
    timers.isRinged[id] = 1;
  }
  timers.release(1);
  timers.clear();
  expect(timers.memory).toBeNull();
  expect(timers.classMembers).toEqual([0]);
  const ids = [0, 1, 2, 3].map((slot) => timers.create(0, slot, 0));
  expect(ids).toEqual([0, 1, 2, 3]);
  for (const id of ids) expect([timers.generation[id], timers.isRinged[id], timers.periodClass[id]]).toEqual([0, 0, NO_CLASS]);
  timers.setDeadline(0, 10, 7);
  expect([timers.periodClass[0], timers.classMembers]).toEqual([1, [0, 1]]);
});
