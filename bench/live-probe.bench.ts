/** CPU of live probes beside the barest loop that does the same job on Node's own sockets, a fresh connection each. */
import { request } from "node:http";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { ProbeResult } from "../engine/kubernetes/kubelet/inputs.ts";
import type { ProbeHandler } from "../engine/kubernetes/objects/pod.ts";
import { attemptProbe } from "../workers/live/probes/index.ts";
import type { ProbeTarget } from "../workers/live/probes/probe.ts";
import type { Bench, Contestant } from "./bench.ts";

const IP = "127.0.0.1";
/** Probes at once: nodes probe many Pods, but never one thousand in a moment. */
const IN_FLIGHT = 8;

export const bench: Bench = {
  summary: "live probes per CPU second: podstorm's HTTP and TCP probes ÷ a bare loop on Node's sockets",
  async run(harness) {
    const server = new Worker(
      `const { parentPort } = require("node:worker_threads");
       const server = require("node:http").createServer((request, response) => response.end("ok")).listen(0, "${IP}", () => parentPort.postMessage(server.address().port));`,
      { eval: true },
    );
    const port = await new Promise<number>((resolve) => server.once("message", resolve));
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
    harness.heading(`${count} probes, ${IN_FLIGHT} at once, CPU of this thread`);
    const [ownHttp, bareHttp, ownTcp, bareTcp] = await harness.compare("probes/CPU s", [
      contestant("HTTP probe", count, () => succeeded(http, target)),
      contestant("bare node:http, no agent", count, () => bareHttpGet(port)),
      contestant("TCP probe", count, () => succeeded(tcp, target)),
      contestant("bare net.connect", count, () => bareConnect(port)),
    ]);
    harness.ratio("HTTP probe ÷ bare loop", ownHttp!, bareHttp!);
    harness.ratio("TCP probe ÷ bare loop", ownTcp!, bareTcp!);
    await server.terminate();
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
  const { result, answer } = await attemptProbe(handler, target, 5000);
  if (result !== ProbeResult.success) throw new Error(`probe failed: ${answer.output}`);
}

function bareHttpGet(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: IP, port, agent: false }, (response) => response.resume().once("end", resolve));
    sent.once("error", reject);
    sent.end();
  });
}

function bareConnect(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, IP, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
