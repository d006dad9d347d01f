/** A server for tests that does, on one port each, what servers do on bad days. Listens on loopback only. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

export interface MisbehavingServer {
  readonly ip: string;
  /** HTTP: the path says how it behaves (see `answers`). */
  readonly httpPort: number;
  /** Accepts and resets at once. */
  readonly resetPort: number;
  /** Accepts and never says a word. */
  readonly silentPort: number;
  /** Drops what would open a connection: its backlog is full and nobody accepts. */
  readonly blackHolePort: number;
  /** Nobody listens. */
  readonly closedPort: number;
  /** Requests that the HTTP port has seen. */
  readonly requests: IncomingMessage[];
  /** Connections that the HTTP port has accepted. */
  connections(): number;
  close(): Promise<void>;
}

const IP = "127.0.0.1";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const answers: Readonly<Record<string, Answer>> = {
  "/ok": (_request, response) => response.end("fine"),
  "/399": (_request, response) => response.writeHead(399).end(),
  "/400": (_request, response) => response.writeHead(400).end(),
  "/404": (_request, response) => response.writeHead(404).end(),
  "/500": (_request, response) => response.writeHead(500).end("broken"),
  "/hop": (_request, response) => response.writeHead(302, { location: "/ok" }).end(),
  "/away": (_request, response) => response.writeHead(302, { location: "http://example.invalid/" }).end(),
  "/nowhere": (_request, response) => response.writeHead(302).end(),
  "/loop": (_request, response) => response.writeHead(302, { location: "/loop" }).end(),
  "/to-failure": (_request, response) => response.writeHead(302, { location: "/500" }).end(),
  "/never": () => undefined,
  "/slow-headers": (_request, response) => void response.socket?.write("HTTP/1.1 200 OK\r\nX-Slow: "),
  "/hung-body": (_request, response) => void response.writeHead(200, { "content-length": "100" }).write("half"),
  "/cut-body": (_request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    setImmediate(() => response.socket?.destroy());
  },
  "/huge-body": (_request, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024, 97);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  },
  "/reset": (request) => void request.socket.resetAndDestroy(),
  "/not-http": (request) => void request.socket.end("SSH-2.0-nonsense\r\n"),
};

export async function startMisbehavingServer(): Promise<MisbehavingServer> {
  const requests: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const http = createHttpServer((request, response) => {
    requests.push(request);
    const answer = answers[new URL(request.url ?? "/", "http://x").pathname] ?? answers["/404"];
    answer?.(request, response);
  });
  http.on("connection", () => connections++);
  const reset = createServer((socket) => socket.resetAndDestroy());
  const silent = createServer();
  const closed = createServer();
  for (const server of [http, reset, silent]) server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  const [httpPort, resetPort, silentPort, closedPort] = [
    await listen(http),
    await listen(reset),
    await listen(silent),
    await listen(closed),
  ];
  await new Promise((resolve) => closed.close(resolve));
  const blackHole = await startBlackHole();
  return {
    ip: IP,
    httpPort,
    resetPort,
    silentPort,
    closedPort,
    blackHolePort: blackHole.port,
    requests,
    connections: () => connections,
    close: async () => {
      await blackHole.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, reset, silent].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** A thread that listens with the smallest backlog and then blocks for ever, and connections that fill it. */
async function startBlackHole(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const thread = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer().listen({ host: "${IP}", port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => thread.once("message", resolve));
  const fillers = Array.from({ length: 8 }, () => connect({ host: IP, port }).on("error", () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    port,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      await thread.terminate();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, IP, () => resolve((server.address() as AddressInfo).port));
  });
}
