/** client-go's correlation, as tables of what is said and what is sent. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { defaultSettings } from "../../settings.ts";
import { EventCorrelator, type CorrelatedEvent, type Statement } from "./event-correlator.ts";
import { EventSeries } from "./event-series.ts";
import { RecentMap } from "./recent-map.ts";

function about(message: string, { name = "web", reason = "Unhealthy", fieldPath = "" } = {}): Statement {
  const object = { kind: "Pod", apiVersion: "v1", namespace: "default", name, uid: `uid of ${name}`, fieldPath, resourceVersion: 0 };
  return { object, type: "Warning", reason, message };
}

/** Says each message a second after the one before. */
function say(correlator: EventCorrelator, messages: readonly string[], from = 0): (CorrelatedEvent | null)[] {
  return messages.map((message, index) => correlator.take((from + index) * SECOND, about(message), `event-${from + index}`));
}

describe("counting", () => {
  test("equal Events are versions of one, with its name and first instant", () => {
    const sent = say(new EventCorrelator(defaultSettings), ["a", "b", "a", "a"]);
    expect(sent.map((event) => [event?.name, event?.count, event?.firstAt])).toEqual([
      ["event-0", 1, 0],
      ["event-1", 1, SECOND],
      ["event-0", 2, 0],
      ["event-0", 3, 0],
    ]);
  });

  test("containers of one Pod are told apart", () => {
    const correlator = new EventCorrelator(defaultSettings);
    correlator.take(0, about("x", { fieldPath: "spec.containers{web}" }), "one");
    expect(correlator.take(SECOND, about("x", { fieldPath: "spec.containers{db}" }), "two")).toMatchObject({ name: "two", count: 1 });
  });
});

describe("aggregation", () => {
  const messages = Array.from({ length: 12 }, (_, index) => `message ${index}`);

  test("from the tenth different message on, one Event stands for all", () => {
    const sent = say(new EventCorrelator(defaultSettings), messages);
    expect(sent.slice(0, 9).map((event) => event?.count)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(sent.slice(9).map((event) => [event?.name, event?.count, event?.message])).toEqual([
      ["event-9", 1, "(combined from similar events): message 9"],
      ["event-9", 2, "(combined from similar events): message 10"],
      ["event-9", 3, "(combined from similar events): message 11"],
    ]);
  });

  test("ten minutes of silence end it", () => {
    const correlator = new EventCorrelator(defaultSettings);
    say(correlator, messages.slice(0, 9));
    expect(say(correlator, ["another"], 8 + 601)[0]?.message).toBe("another");
  });

  test("other reasons and objects don't count", () => {
    const correlator = new EventCorrelator(defaultSettings);
    say(correlator, messages.slice(0, 9));
    expect(correlator.take(9 * SECOND, about("x", { reason: "Killing" }), "k")?.message).toBe("x");
    expect(correlator.take(9 * SECOND, about("x", { name: "other" }), "o")?.message).toBe("x");
  });
});

describe("the spam filter", () => {
  test("lets 25 Events about one object through, then one every 300 s, whose count has gone on", () => {
    const correlator = new EventCorrelator(defaultSettings);
    const sent = say(correlator, new Array<string>(400).fill("same"));
    const passed = sent.flatMap((event, second) => (event === null ? [] : [[second, event.count]]));
    expect(passed.slice(0, 25)).toEqual(Array.from({ length: 25 }, (_, index) => [index, index + 1]));
    expect(passed.slice(25)).toEqual([[300, 301]]);
  });

  test("counts all reasons of an object together, and each object by itself", () => {
    const correlator = new EventCorrelator(defaultSettings);
    for (let time = 0; time < 25; time++) correlator.take(time, about("same", { reason: `Reason${time}` }), "x");
    expect(correlator.take(30, about("same", { reason: "Killing" }), "x")).toBeNull();
    expect(correlator.take(30, about("same", { name: "other" }), "x")).not.toBeNull();
  });
});

describe("the newer recorder's series", () => {
  test("writes the first, the second, and then what came in between every six minutes", () => {
    const series = new EventSeries(360 * SECOND);
    const sent = [0, 10, 20, 30].map((second) =>
      series.take(second * SECOND, about("no room", { reason: "FailedScheduling" }), `e${second}`),
    );
    expect(sent.map((event) => event?.count ?? null)).toEqual([1, 2, null, null]);
    const passes = [...series.passes(30 * SECOND, 1000 * SECOND)];
    expect(passes.map(({ at, event }) => [at / SECOND, event.count, event.name])).toEqual([[360, 4, "e0"]]);
  });

  test("another version of the object begins another series", () => {
    const series = new EventSeries(360 * SECOND);
    const statement = about("no room");
    series.take(0, statement, "a");
    const next = series.take(1, { ...statement, object: { ...statement.object, resourceVersion: 7 } }, "b");
    expect(next).toMatchObject({ name: "b", count: 1 });
  });
});

test("a full map forgets whom nobody asked for longest", () => {
  const map = new RecentMap<number>(2);
  map.put("a", 1);
  map.put("b", 2);
  map.get("a");
  map.put("c", 3);
  expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
});
