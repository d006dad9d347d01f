/** What the API server holds of Events: counts, rate limits, expiry, names. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { defaultSettings, type Settings } from "../../settings.ts";
import { Definitions } from "../objects/definitions.ts";
import type { EventRecord } from "../objects/event-record.ts";
import { Workloads } from "../objects/workloads.ts";
import { EventBook, sortedEvents } from "./event-book.ts";
import { ObjectNames } from "./object-names.ts";

const kubelet = { component: "kubelet", host: "node-0" };
const web = { kind: "ReplicaSet", namespace: "default", name: "web" };

function newBook(settings: Partial<Settings> = {}): EventBook {
  return new EventBook(new ObjectNames(1, new Definitions(), new Workloads()), { ...defaultSettings, apiWriteLatency: 0, ...settings });
}

function brief({ reason, count, firstTimestamp, lastTimestamp }: EventRecord): unknown[] {
  return [reason, count, firstTimestamp, lastTimestamp];
}

describe("a book", () => {
  test("four equal Events within 108 s are one, counted, in whole seconds", () => {
    const book = newBook();
    for (const second of [2.9, 38, 74, 110.2]) book.record(second * SECOND, kubelet, web, "Normal", "Killing", "Stopping container web");
    expect(book.list(120 * SECOND).map(brief)).toEqual([["Killing", 4, 2, 110]]);
  });

  test("an Event is there when its client's rate limit let it through", () => {
    const book = newBook({ kubeletEventQps: 1, kubeletEventBurst: 2 });
    for (let index = 0; index < 4; index++) book.record(0, kubelet, { ...web, name: `web-${index}` }, "Normal", "R", "m");
    expect([0, 1, 2].map((second) => book.list(second * SECOND).length)).toEqual([2, 3, 4]);
  });

  test("an Event expires an hour after its last change", () => {
    const book = newBook();
    book.record(0, kubelet, web, "Normal", "R", "m");
    book.record(30 * MINUTE, kubelet, web, "Normal", "R", "m");
    expect(book.list(90 * MINUTE - 1)).toHaveLength(1);
    expect(book.list(90 * MINUTE)).toHaveLength(0);
    book.record(100 * MINUTE, kubelet, web, "Normal", "R", "m");
    expect(book.list(100 * MINUTE)).toMatchObject([{ count: 3, createdAt: 6000, firstTimestamp: 0 }]);
  });

  test("a version that is written later isn't shown earlier, and a source writes one after the other", () => {
    const book = newBook({ apiWriteLatency: 5 * SECOND });
    book.record(0, kubelet, web, "Normal", "R", "m");
    book.record(SECOND, kubelet, web, "Normal", "R", "m");
    expect([4, 5, 9, 10].map((second) => book.list(second * SECOND)[0]?.count ?? 0)).toEqual([0, 1, 1, 2]);
  });

  test("objects without a namespace have theirs in default, and sources of one instant names of their own", () => {
    const book = newBook();
    const node = { kind: "Node", namespace: "", name: "node-0" };
    book.record(5, kubelet, node, "Normal", "Starting", "Starting kubelet.");
    book.record(5, kubelet, node, "Normal", "NodeReady", "Node node-0 status is now: NodeReady");
    book.record(5, { component: "node-controller", host: "" }, node, "Normal", "RegisteredNode", "m");
    const events = book.list(SECOND);
    expect(events.map(({ namespace }) => namespace)).toEqual(["default", "default", "default"]);
    expect(new Set(events.map(({ name }) => name)).size).toBe(3);
    expect(events.map(({ object }) => object.uid).filter((uid) => uid === "node-0")).toHaveLength(2);
  });

  test("the scheduler's Events have an instant and a series instead of a count", () => {
    const book = newBook();
    const scheduler = { component: "default-scheduler", host: "" };
    for (const second of [1, 2]) book.record(second * SECOND, scheduler, web, "Warning", "FailedScheduling", "0/1 nodes are available");
    expect(book.list(MINUTE)).toMatchObject([{ count: 2, eventTime: SECOND, seriesLast: 2 * SECOND, action: "Scheduling" }]);
  });

  test("books of several shards are listed as one", () => {
    const records = ["b", "a"].map((name) => {
      const book = newBook();
      book.record(0, kubelet, { ...web, name }, "Normal", "R", "m");
      return book.list(SECOND);
    });
    expect(sortedEvents(records.flat()).map(({ object }) => object.name)).toEqual(["a", "b"]);
  });
});
