/**
 * HTTP probe as the kubelet makes it (pkg/probe/http): a new connection each time, no compression, no
 * proxy, certificates unverified, redirects followed only while the host name stays the same, the
 * timeout over the whole request with its body, of which 10 KiB are read. Success is 200–399.
 */
import { Client } from "undici";
import { ProbeResult } from "../../../engine/kubernetes/kubelet/inputs.ts";
import type { HttpHeader } from "../../../engine/kubernetes/objects/pod.ts";
import { isLoopback } from "../addresses.ts";
import type { AttemptProbe } from "./probe.ts";

/** pkg/probe/http: maxRespBodyLength. */
const BODY_MAX = 10 * 1024;
/** net/http's own limit, which the kubelet keeps. */
const REDIRECTS_MAX = 10;

interface Answered {
  readonly status: number;
  readonly location: string | null;
  /** Null: it broke off or hung. */
  readonly body: string | null;
}

export const probeHttpGet: AttemptProbe<"httpGet"> = async (handler, target, timeoutMs) => {
  if (target.port === null) return { result: ProbeResult.error, output: `couldn't find port ${handler.port}` };
  const host = handler.host === "" ? target.ip : handler.host;
  const first = httpUrl(handler.scheme, host, target.port, handler.path);
  if (first === null) return { result: ProbeResult.error, output: `invalid URL path ${handler.path}` };
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([timeout, target.signal]);
  const headers = probeHeaders(handler.httpHeaders, target.kubernetesVersion);
  try {
    let url = first;
    for (let redirects = 0; ; redirects++) {
      if (!isLoopback(url.hostname)) return { result: ProbeResult.error, output: `${url.hostname} is not a loopback address` };
      const answer = await get(url, headers, signal, timeoutMs);
      const next = redirectTarget(answer, url);
      if (next === null || next.hostname !== first.hostname) return judged(answer);
      if (redirects + 1 >= REDIRECTS_MAX) return { result: ProbeResult.failure, output: `Get "${next.href}": stopped after 10 redirects` };
      url = next;
    }
  } catch (error) {
    if (target.signal.aborted) return { result: ProbeResult.error, output: "the run has ended" };
    if (timeout.aborted || (error as { code?: unknown }).code === "UND_ERR_CONNECT_TIMEOUT") return { result: ProbeResult.timeout, output: `Get "${first.href}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` };
    return { result: ProbeResult.failure, output: `Get "${first.href}": ${describe(error)}` };
  }
};

/** One request over a connection of its own. */
async function get(url: URL, headers: Record<string, string>, signal: AbortSignal, timeoutMs: number): Promise<Answered> {
  const client = new Client(url.origin, { pipelining: 0, connect: { rejectUnauthorized: false, timeout: timeoutMs }, headersTimeout: 0, bodyTimeout: 0 });
  // undici asks the signal only once it is connected; until then the client itself has to go.
  const cancel = (): void => void client.destroy(new Error("aborted")).catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const response = await client.request({ method: "GET", path: url.pathname + url.search, headers, signal, reset: true });
    const location = response.headers["location"];
    return { status: response.statusCode, location: typeof location === "string" ? location : null, body: await cutBody(response.body) };
  } finally {
    signal.removeEventListener("abort", cancel);
    // Neither waits nor keeps anything: what is unread is dropped with the connection.
    void client.destroy().catch(() => undefined);
  }
}

async function cutBody(body: AsyncIterable<Buffer>): Promise<string | null> {
  let text = "";
  try {
    for await (const chunk of body) {
      text += chunk.toString("utf8");
      if (text.length >= BODY_MAX) return text.slice(0, BODY_MAX);
    }
  } catch {
    return null;
  }
  return text;
}

function judged(answer: Answered): { readonly result: ProbeResult; readonly output: string } {
  // As upstream: a body that can't be read is an error, not a failure, and counts for nothing.
  if (answer.body === null) return { result: ProbeResult.error, output: "the body could not be read" };
  // A last answer of 3xx is Kubernetes' "warning", which counts as success.
  if (answer.status >= 200 && answer.status < 400) return { result: ProbeResult.success, output: answer.body };
  return { result: ProbeResult.failure, output: `HTTP probe failed with statuscode: ${answer.status}` };
}

/** Where a redirect leads; null: the answer is final. */
function redirectTarget(answer: Answered, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(answer.status) || answer.location === null) return null;
  const target = URL.parse(answer.location, from.href);
  return target !== null && (target.protocol === "http:" || target.protocol === "https:") ? target : null;
}

/** User-Agent and Accept unless given; an empty Accept removes it. */
function probeHeaders(given: readonly HttpHeader[], version: string): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": `kube-probe/${version}`, accept: "*/*" };
  for (const { name, value } of given) headers[name.toLowerCase()] = value;
  if (headers["accept"] === "") delete headers["accept"];
  return headers;
}

/** Null when it is no URL. */
export function httpUrl(scheme: "HTTP" | "HTTPS", host: string, port: number, path: string): URL | null {
  return URL.parse(`${scheme.toLowerCase()}://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}${path.startsWith("/") ? "" : "/"}${path}`);
}

function describe(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === "ECONNREFUSED") return "dial tcp: connect: connection refused";
  if (code === "ECONNRESET") return "read: connection reset by peer";
  if (code === "UND_ERR_SOCKET") return "EOF";
  return error instanceof Error ? error.message : String(error);
}
