/** A server for tests that does, on one port each, what servers do on bad days. Listens on loopback only. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { certificate, privateKey } from "./self-signed.ts";

export interface MisbehavingServer {
  readonly ip: string;
  /** HTTP: the path says how it behaves (see `answers`). */
  readonly httpPort: number;
  /** The same paths over TLS, with a certificate that nobody vouches for. */
  readonly tlsPort: number;
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
  "/204": (_request, response) => response.writeHead(204).end(),
  "/304": (_request, response) => response.writeHead(304).end(),
  "/399": (_request, response) => response.writeHead(399).end(),
  "/400": (_request, response) => response.writeHead(400).end(),
  "/404": (_request, response) => response.writeHead(404).end(),
  "/500": (_request, response) => response.writeHead(500).end("broken"),
  "/503": (_request, response) => response.writeHead(503).end("not yet"),
  "/hints": (_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.end("fine");
  },
  "/continue": (_request, response) => {
    response.writeContinue();
    response.end("fine");
  },
  "/other-port": (request, response) => {
    const { port } = new URL(`http://${request.headers.host}`);
    response.writeHead(302, { location: `http://${IP}:${port}/ok?again` }).end();
  },
  "/by-name": (request, response) => {
    const { port } = new URL(`http://${request.headers.host}`);
    response.writeHead(307, { location: `http://localhost:${port}/500` }).end("over there");
  },
  "/bad-location": (_request, response) => response.writeHead(302, { location: "http://[" }).end(),
  "/close": (request) => void request.socket.end(),
  "/bad-status-line": (request) => void request.socket.end("HTTP/1.1 abc whatever\r\n\r\n"),
  "/trickle": (request) => {
    const { socket } = request;
    const more = setInterval(() => socket.write("X"), 10);
    socket.write("HTTP/1.1 200 OK\r\nX-Slow: ");
    socket.once("close", () => clearInterval(more));
  },
  "/hop": (_request, response) => response.writeHead(302, { location: "/ok" }).end(),
  // A hop for each remaining number, then the end.
  "/hops": (request, response) => {
    const left = Number(new URL(request.url ?? "/", "http://x").searchParams.get("left"));
    if (left === 0) response.end("there");
    else response.writeHead(302, { location: `/hops?left=${left - 1}` }).end();
  },
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
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(request);
    const answer = answers[new URL(request.url ?? "/", "http://x").pathname] ?? answers["/404"];
    answer?.(request, response);
  };
  const http = createHttpServer(serve);
  const tls = createHttpsServer({ key: privateKey, cert: certificate }, serve);
  http.on("connection", () => connections++);
  const reset = createServer((socket) => socket.resetAndDestroy());
  const silent = createServer();
  const closed = createServer();
  for (const server of [http, tls, reset, silent])
    server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  const [httpPort, tlsPort, resetPort, silentPort, closedPort] = [
    await listen(http),
    await listen(tls),
    await listen(reset),
    await listen(silent),
    await listen(closed),
  ];
  await new Promise((resolve) => closed.close(resolve));
  const blackHole = await startBlackHole();
  return {
    ip: IP,
    httpPort,
    tlsPort,
    resetPort,
    silentPort,
    closedPort,
    blackHolePort: blackHole.port,
    requests,
    connections: () => connections,
    close: async () => {
      await blackHole.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([http, tls, reset, silent].map((server) => new Promise((resolve) => server.close(resolve))));
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
