/** CPU of live probes beside the barest loop that does the same job, a fresh connection each: Node's own sockets, @grpc/grpc-js. */
import { request } from "node:http";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { ProbeResult } from "../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../engine/kubernetes/objects/pod.ts";
import { attemptProbe } from "../workers/live/probes/index.ts";
import type { ProbeTarget } from "../workers/live/probes/probe.ts";
import type { Bench, Contestant } from "./bench.ts";

const IP = "127.0.0.1";
const CHECK = "/grpc.health.v1.Health/Check";
const TIMEOUT_MS = 5000;
/** Probes at once: nodes probe many Pods, but never one thousand in a moment. */
const IN_FLIGHT = 8;
/** PERFORMANCE: a live probe may cost this much more CPU than the bare loop, so it makes at least this share of its probes. */
const SHARE_MIN = 0.87;

export const bench: Bench = {
  summary: "live probes per CPU second: podstorm's HTTP, TCP and gRPC probes ÷ bare client loops",
  async run(harness) {
    const server = new Worker(
      `const { parentPort } = require("node:worker_threads");
       const server = require("node:http").createServer((request, response) => response.end("ok")).listen(0, "${IP}", () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    const port = await new Promise<number>((resolve) => server.once("message", resolve));
    const health = new Worker(
      `const { parentPort } = require("node:worker_threads");
       import("${import.meta.resolve("@grpc/grpc-js")}").then(({ default: { Server, ServerCredentials } }) => {
         const same = (bytes) => bytes;
         const Check = { path: "${CHECK}", requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
         const server = new Server();
         server.addService({ Check }, { Check: (call, answer) => answer(null, Buffer.from([8, 1])) });
         server.bindAsync("${IP}:0", ServerCredentials.createInsecure(), (error, port) => parentPort.postMessage(port));
       });`,
      { eval: true },
    );
    const healthPort = await new Promise<number>((resolve) => health.once("message", resolve));
    const target: ProbeTarget = {
      ip: IP,
      port,
      kubernetesVersion: "1.36",
      command: null,
      safety: null,
      signal: new AbortController().signal,
    };
    const count = harness.isQuick ? 500 : 4000;
    const http: ProbeHandler = { type: "httpGet", path: "/", port, host: "", scheme: "HTTP", httpHeaders: [] };
    const tcp: ProbeHandler = { type: "tcpSocket", port, host: "" };
    const grpc: ProbeHandler = { type: "grpc", port: healthPort, service: "" };
    harness.heading(`${count} probes, ${IN_FLIGHT} at once, CPU of this thread`);
    const [ownHttp, bareHttp, ownTcp, bareTcp, ownGrpc, bareGrpc] = await harness.compare("probes/CPU s", [
      contestant("HTTP probe", count, () => succeeded(http, target)),
      contestant("bare node:http, no agent", count, () => bareHttpGet(port)),
      contestant("TCP probe", count, () => succeeded(tcp, target)),
      contestant("bare net.connect", count, () => bareConnect(port)),
      contestant("gRPC probe", count / 4, () => succeeded(grpc, { ...target, port: healthPort })),
      contestant("bare grpc-js client", count / 4, () => bareHealthCheck(healthPort)),
    ]);
    harness.ratio("HTTP probe ÷ bare loop", ownHttp!, bareHttp!, SHARE_MIN);
    harness.ratio("TCP probe ÷ bare loop", ownTcp!, bareTcp!, SHARE_MIN);
    harness.ratio("gRPC probe ÷ bare loop", ownGrpc!, bareGrpc!, SHARE_MIN);
    await server.terminate();
    await health.terminate();
  },
};

function contestant(name: string, count: number, attempt: () => Promise<void>): Contestant {
  return {
    name,
    async run() {
      const before = process.threadCpuUsage();
      let left = count;
      const lane = async (): Promise<void> => {
        while (left-- > 0) await attempt();
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
      const { user, system } = process.threadCpuUsage(before);
      return { work: count, seconds: (user + system) / 1e6 };
    },
  };
}

async function succeeded(handler: ProbeHandler, target: ProbeTarget): Promise<void> {
  const { result, answer } = await attemptProbe(handler, target, TIMEOUT_MS);
  if (result !== ProbeResult.success) throw new Error(`probe failed: ${answer.output}`);
}

/** The same job: the probe's headers, a time limit, the body as text. */
function bareHttpGet(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "user-agent": "kube-probe/1.36", accept: "*/*" };
    let body = "";
    const sent = request({ host: IP, port, path: "/", headers, agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      response.once("end", () => {
        clearTimeout(timer);
        if (body === "ok" && response.statusCode === 200) resolve();
        else reject(new Error(`answered ${response.statusCode}: ${body}`));
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error("timeout")), TIMEOUT_MS);
    sent.once("error", reject);
    sent.end();
  });
}

function bareConnect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, IP, () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    });
    const timer = setTimeout(() => socket.destroy(new Error("timeout")), TIMEOUT_MS);
    socket.once("error", reject);
  });
}

/** A channel of its own for each call; messages stay bytes. */
function bareHealthCheck(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new Client(`${IP}:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.primary_user_agent": "kube-probe/1.36",
    });
    const same = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest(CHECK, same, same, Buffer.alloc(0), new Metadata(), { deadline: Date.now() + TIMEOUT_MS }, (error) => {
      client.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}
