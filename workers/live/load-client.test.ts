/** The live load: every request accounted for, whatever the servers do; open loop; bounded in time. */
import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import { Outcome } from "../../engine/traffic/outcome.ts";
import type { LiveEndpoint } from "./endpoint-table.ts";
import { LoadBoard, loadBoardShape } from "./load-board.ts";
import { LoadClient } from "./load-client.ts";
import { LiveLoad } from "./live-load.ts";
import { WallClock } from "./wall-clock.ts";

const BUCKET = 100_000;

function loadSpec(more: Partial<LoadSpec> = {}): LoadSpec {
  return {
    name: "steady",
    namespace: "default",
    service: "web",
    port: null,
    from: 0,
    until: 200_000,
    timeout: 150_000,
    retries: { max: 0, backoff: 0 },
    places: 1,
    executor: "constant-arrival-rate",
    rate: 200,
    ...more,
  } as LoadSpec;
}

const open: (Server | TcpServer)[] = [];
afterEach(async () => {
  await Promise.all(
    open.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          if ("closeAllConnections" in server) server.closeAllConnections();
        }),
    ),
  );
});

async function endpointOf(server: Server | TcpServer, pod = 1): Promise<LiveEndpoint> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { pod, ip: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

interface Ran {
  readonly board: LoadBoard;
  readonly client: LoadClient;
}

async function ran(load: LoadSpec, endpoints: readonly LiveEndpoint[], warmup = 0): Promise<Ran> {
  const clock = new WallClock();
  const board = new LoadBoard(loadBoardShape(20));
  const client = new LoadClient({ load, seed: 1, warmup, bucketWidth: BUCKET, now: () => clock.now(), board });
  client.setEndpoints(endpoints);
  client.start();
  await clock.waitUntil(load.until + 1000);
  await client.stop();
  expect(board.sent).toBe(board.answered + board.lostTotal + board.inFlight);
  expect(board.inFlight).toBe(0);
  return { board, client };
}

describe("the live load", () => {
  it("sends at its rate and counts every answer, over a new connection each", async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end("hello"));
    server.on("connection", () => connections++);
    const { board } = await ran(loadSpec(), [await endpointOf(server)]);
    // Intended at 5, 10 … 195 ms.
    expect({ sent: board.sent, answered: board.answered, connections }).toEqual({ sent: 39, answered: 39, connections: 39 });
    expect(board.latencySummary().count).toBe(39);
    expect(board.latency.reduce((sum, count) => sum + count, 0)).toBe(39);
    expect(board.sentSeries.reduce((sum, count) => sum + count, 0)).toBe(39);
  });

  it.each<[string, Outcome, () => Promise<LiveEndpoint[]>]>([
    [
      "an answer of 500 as a server error",
      Outcome.serverError,
      async () => [await endpointOf(createServer((_request, response) => response.writeHead(503).end()))],
    ],
    [
      "nobody listening as refused",
      Outcome.refused,
      async () => {
        const server = createServer();
        const endpoint = await endpointOf(server);
        await new Promise((resolve) => server.close(resolve));
        return [endpoint];
      },
    ],
    [
      "a connection closed under it as reset",
      Outcome.reset,
      async () => [await endpointOf(createServer((request) => request.socket.resetAndDestroy()))],
    ],
    [
      "a server that hangs up without a word as reset",
      Outcome.reset,
      async () => [
        await endpointOf(
          createTcpServer((socket) =>
            socket
              .on("error", () => undefined)
              .resume()
              .end(),
          ),
        ),
      ],
    ],
    [
      "an answer cut off as reset",
      Outcome.reset,
      async () => [
        await endpointOf(
          createServer((_request, response) => {
            response.writeHead(200, { "content-length": "10" }).write("half");
            setImmediate(() => response.socket?.destroy());
          }),
        ),
      ],
    ],
    ["silence as timed out", Outcome.timedOut, async () => [await endpointOf(createServer(() => undefined))]],
    ["no endpoint as such", Outcome.noEndpoint, async () => []],
    ["an address that isn't loopback as no endpoint, untried", Outcome.noEndpoint, async () => [{ pod: 1, ip: "192.0.2.1", port: 80 }]],
  ])("counts %s", async (_sentence, outcome, endpoints) => {
    const { board, client } = await ran(loadSpec(), await endpoints());
    expect(board.sent).toBe(39);
    expect(board.lost[outcome]).toBe(39);
    expect(board.attempts[outcome]).toBe(39);
    expect(client.losses.reduce((sum, loss) => sum + loss.count, 0)).toBe(39);
    expect(client.losses.every((loss) => loss.outcome === outcome)).toBe(true);
  });

  it("counts latency from the intended instant when the server stalls, and keeps sending", async () => {
    const waiting: (() => void)[] = [];
    let isStalled = true;
    // On a busy machine some come only after the stall.
    const server = createServer((_request, response) => (isStalled ? waiting.push(() => response.end()) : response.end()));
    const endpoint = await endpointOf(server);
    setTimeout(() => {
      isStalled = false;
      waiting.splice(0).forEach((answer) => answer());
    }, 220);
    const { board } = await ran(loadSpec({ timeout: 2_000_000 }), [endpoint]);
    expect(board.answered).toBe(39);
    // The first one was meant for 5 ms, the last for 195 ms; all were answered after 220 ms.
    expect(board.latencySummary().max).toBeGreaterThan(200_000);
    expect(board.latencySummary().sum).toBeGreaterThan(39 * 100_000);
  });

  it("retries plainly, and a request counts once", async () => {
    let requests = 0;
    const server = createServer((_request, response) => response.writeHead(requests++ % 2 === 0 ? 500 : 200).end());
    const { board } = await ran(loadSpec({ rate: 20, retries: { max: 2, backoff: 1000 } }), [await endpointOf(server)]);
    expect({ sent: board.sent, answered: board.answered }).toEqual({ sent: 3, answered: 3 });
    expect([board.attempts[Outcome.answered], board.attempts[Outcome.serverError]]).toEqual([3, 3]);
  });

  it("spreads requests over all endpoints", async () => {
    const hits = [0, 0];
    const endpoints = await Promise.all(
      hits.map((_, pod) =>
        endpointOf(
          createServer((_request, response) => {
            hits[pod]! += 1;
            response.end();
          }),
          pod,
        ),
      ),
    );
    await ran(loadSpec(), endpoints);
    expect(Math.min(...hits)).toBeGreaterThan(5);
  });

  it("leaves the warm-up out of the counts but not out of the series", async () => {
    const { board } = await ran(loadSpec(), [await endpointOf(createServer((_request, response) => response.end()))], 100_000);
    expect(board.sent).toBe(20);
    expect(board.sentSeries.reduce((sum, count) => sum + count, 0)).toBe(39);
  });

  it("draws the same Poisson arrivals for the same seed", async () => {
    const poisson = loadSpec({ executor: "poisson-arrival-rate", rate: 300, until: 100_000 });
    const [one, other] = await Promise.all([ran(poisson, []), ran(poisson, [])]);
    expect(one.board.sent).toBe(other.board.sent);
    expect(one.board.sent).toBeGreaterThan(10);
  });
});

describe("the load's thread", () => {
  it("counts into memory that the host reads, and reports losses at the end", async () => {
    const server = createServer((_request, response) => response.end());
    const endpoint = await endpointOf(server, 4);
    const clock = new WallClock();
    const until = 800_000;
    const load = new LiveLoad({
      loads: [loadSpec({ until }), loadSpec({ name: "void", until })],
      seed: 1,
      warmup: 0,
      duration: until,
      bucketWidth: BUCKET,
      origin: clock.origin,
    });
    load.setEndpoints(0, [endpoint]);
    await clock.waitUntil(until);
    const losses = await load.stop();
    const { counters, timeSeries } = load.snapshot();
    expect(counters["requests_sent{load=steady}"]).toBe(159);
    expect(counters["requests_lost{load=void}"]).toBe(159);
    expect(counters["attempts{load=void,outcome=no endpoint}"]).toBe(159);
    expect((counters["requests_answered{load=steady}"] ?? 0) + (counters["requests_lost{load=steady}"] ?? 0)).toBe(159);
    expect(timeSeries["lost{load=void,outcome=no endpoint}"]?.reduce((sum, count) => sum + count, 0)).toBe(159);
    expect(losses[1]?.every((loss) => loss.pod === -1)).toBe(true);
  });
});
