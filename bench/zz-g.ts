import { Worker } from "node:worker_threads";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { attemptProbe } from "../workers/live/probes/index.ts";
import { probeGrpc } from "../workers/live/probes/grpc.ts";
const IP="127.0.0.1"; const CHECK="/grpc.health.v1.Health/Check";
const health = new Worker(`const { parentPort } = require("node:worker_threads");
       import("${import.meta.resolve("@grpc/grpc-js")}").then(({ default: { Server, ServerCredentials } }) => {
         const same = (bytes) => bytes;
         const Check = { path: "${CHECK}", requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
         const server = new Server();
         server.addService({ Check }, { Check: (call, answer) => answer(null, Buffer.from([8, 1])) });
         server.bindAsync("${IP}:0", ServerCredentials.createInsecure(), (error, port) => parentPort.postMessage(port));
       });`, { eval: true });
const port = await new Promise<number>((r) => health.once("message", r));
const target = { ip: IP, port, kubernetesVersion: "1.36", command: null, safety: null, signal: new AbortController().signal };
const same = (b: Buffer): Buffer => b;
const bare = (wait: boolean, opts: object) => () => new Promise<void>((resolve, reject) => {
  const client = new Client(`${IP}:${port}`, credentials.createInsecure(), opts as never);
  client.makeUnaryRequest(CHECK, same, same, Buffer.alloc(0), wait ? new Metadata({ waitForReady: true }) : new Metadata(), { deadline: Date.now() + 5000 }, (error) => { client.close(); if (error === null) resolve(); else reject(error); });
});
const ua = { "grpc.use_local_subchannel_pool": 1, "grpc.primary_user_agent": "kube-probe/1.36" };
const full = { ...ua, "grpc.initial_reconnect_backoff_ms": 100, "grpc.enable_http_proxy": 0 };
const kinds: Record<string, () => Promise<unknown>> = {
  bare: bare(false, ua), wait: bare(true, ua), full: bare(true, full), own: () => probeGrpc({ type: "grpc", port, service: "" }, target, 5000),
  attempt: () => attemptProbe({ type: "grpc", port, service: "" }, target, 5000),
};
const res: Record<string, number[]> = {};
for (let i = 0; i < 7; i++) for (const [n, f] of Object.entries(kinds)) {
  const b = process.threadCpuUsage(); let left = 500;
  await Promise.all(Array.from({ length: 8 }, async () => { while (left-- > 0) await f(); }));
  const c = process.threadCpuUsage(b); (res[n] ??= []).push(500 / ((c.user + c.system) / 1e6));
}
for (const [n, v] of Object.entries(res)) console.log(n, v.sort((a, b) => a - b).map(Math.round).join(" "));
await health.terminate();
