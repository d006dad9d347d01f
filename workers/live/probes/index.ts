/** The live probes by handler, and the kubelet's retry of an attempt that could not be made. */
import { resultOf } from "../../../engine/kubernetes/kubelet/probe-call.ts";
import type { ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";
import { PROBE_TRIES_MAX, type ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { unreachable } from "../../../engine/kernel/assert.ts";
import { probeExec } from "./exec.ts";
import { probeHttpGet } from "./http-get.ts";
import type { AttemptProbe, ProbeAttempt, ProbeTarget } from "./probe.ts";
import { probeTcpSocket } from "./tcp-socket.ts";

/** Up to three tries without a pause: only an attempt that could not be made is repeated. */
export async function attemptProbe(handler: ProbeHandler, target: ProbeTarget, timeoutMs: number): Promise<ProbeAttempt> {
  const start = performance.now();
  let answer = await attemptOnce(handler, target, timeoutMs);
  for (let tries = 1; answer.outcome === "error" && tries < PROBE_TRIES_MAX && !target.signal.aborted; tries++) {
    answer = await attemptOnce(handler, target, timeoutMs);
  }
  return { answer, result: resultOf(answer.outcome), latency: Math.max(1, Math.round((performance.now() - start) * 1000)) };
}

function attemptOnce(handler: ProbeHandler, target: ProbeTarget, timeoutMs: number): Promise<ProbeAnswer> {
  switch (handler.type) {
    case "httpGet":
      return probeHttpGet(handler, target, timeoutMs);
    case "tcpSocket":
      return probeTcpSocket(handler, target, timeoutMs);
    case "grpc":
      return probeGrpc === null ? loadGrpc().then((probe) => probe(handler, target, timeoutMs)) : probeGrpc(handler, target, timeoutMs);
    case "exec":
      return probeExec(handler, target, timeoutMs);
    default:
      return unreachable(handler);
  }
}

/** Loaded by the first gRPC probe only: the package takes longer to load than most runs to start. */
let probeGrpc: AttemptProbe<"grpc"> | null = null;

async function loadGrpc(): Promise<AttemptProbe<"grpc">> {
  return (probeGrpc = (await import("./grpc.ts")).probeGrpc);
}
