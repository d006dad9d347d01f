import { expect, test } from "vitest";
import { CauseTable } from "../../kernel/causes.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { Mailbox } from "../../kernel/mailbox.ts";
import { Simulator } from "../../kernel/simulator.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { defaultSettings, type Settings } from "../../settings.ts";
import { Client, ClientHost } from "./client.ts";
import type { ControlMessage } from "./requests.ts";

interface Seen {
  readonly kind: string;
  readonly at: number;
  readonly cause: number;
}

/** A client at LP 1 and an API server at LP 0 that says "ok" to everything. */
function start(settings: Partial<Settings> = {}, queriesPerSecond = 20, burst = 2) {
  const simulator = new Simulator({ lpCount: 2, shard: 0, shardOf: new Uint8Array(2), outbox: null });
  const causes = new CauseTable();
  const mailbox = new Mailbox<ControlMessage>(simulator, causes);
  const host = new ClientHost({
    lp: 1,
    apiServer: 0,
    simulator,
    mailbox: mailbox as never,
    causes,
    settings: { ...defaultSettings, ...settings },
    seed: 1,
  });
  const client = new Client(host, "test", queriesPerSecond, burst);
  const seen: Seen[] = [];
  const server: LogicalProcess = {
    id: 0,
    onMessage: (now, origin, payload) => {
      const message = mailbox.take(payload);
      if (message.kind !== "apiRequest") return;
      seen.push({ kind: message.request.kind, at: now, cause: causes.current });
      mailbox.post(origin, now + message.returnLeg, { kind: "apiResponse", ticket: message.ticket, response: { status: "ok" } });
    },
    onTimer: () => {},
  };
  const self: LogicalProcess = {
    id: 1,
    onMessage: (_, __, payload) => {
      const message = mailbox.take(payload);
      if (message.kind === "apiResponse") host.receive(message);
    },
    onTimer: (now) => host.agenda.run(now),
  };
  simulator.add(server);
  simulator.add(self);
  // What the tests call, they call as the client's LP would.
  simulator.current = 1;
  return { simulator, causes, client, seen, host };
}

test("a request takes at least half the floor to arrive, and the answer comes back after the rest", () => {
  const { simulator, client, seen } = start();
  let answeredAt = 0;
  client.call({ kind: "getPod", pod: 1 }, () => {});
  client.call({ kind: "deletePod", pod: 1, gracePeriodSeconds: null }, () => {
    answeredAt = simulator.now;
  });
  simulator.runUntil(SECOND);
  const write = seen.find(({ kind }) => kind === "deletePod");
  expect(write?.at).toBeGreaterThanOrEqual(MILLISECOND);
  expect(answeredAt).toBeGreaterThanOrEqual(2 * MILLISECOND);
  expect(answeredAt - (write?.at ?? 0)).toBeGreaterThanOrEqual(MILLISECOND);
  expect(client.isQuiet).toBe(true);
});

test("requests beyond the burst wait for their token and keep the cause they were made under", () => {
  const { simulator, causes, client, seen } = start({ apiWriteLatency: 0, apiWriteLatencyP99: 0, apiWriteLatencyFloor: 0 });
  for (let cause = 1; cause <= 4; cause++) {
    causes.current = cause;
    client.call({ kind: "deletePod", pod: cause, gracePeriodSeconds: null }, () => {});
  }
  causes.current = 99;
  simulator.runUntil(SECOND);
  expect(seen).toEqual([1, 1, 50_001, 100_001].map((at, index) => ({ kind: "deletePod", at, cause: index + 1 })));
});

test("callAll is over when the last answer is there, answers in the order of the requests", () => {
  const { simulator, client } = start({}, 20, 1);
  let count = 0;
  client.callAll(
    [1, 2, 3].map((pod) => ({ kind: "deletePod", pod, gracePeriodSeconds: null }) as const),
    (responses) => {
      count = responses.length;
    },
  );
  simulator.runUntil(99 * MILLISECOND);
  expect(count).toBe(0);
  simulator.runUntil(SECOND);
  expect(count).toBe(3);
});

test("Events share the rate limit, one after the other, 25 for one object and then one in five minutes", () => {
  const { simulator, client, seen } = start({}, 1000, 1000);
  for (let times = 0; times < 40; times++) client.recordEvent("replicaset/1");
  client.recordEvent("replicaset/2");
  simulator.runUntil(60 * SECOND);
  expect(seen).toHaveLength(26);
  const times = seen.map(({ at }) => at);
  expect(times.every((at, index) => index === 0 || at > (times[index - 1] ?? 0) + MILLISECOND)).toBe(true);
});
