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

interface Unanswered {
  readonly failure: Error | "timeout" | "cancelled";
}

export const probeHttpGet: AttemptProbe<"httpGet"> = async (handler, target, timeoutMs) => {
  if (target.port === null) return { result: ProbeResult.error, output: `couldn't find port ${handler.port}` };
  const host = handler.host === "" ? target.ip : handler.host;
  const first = httpUrl(handler.scheme, host, target.port, handler.path);
  if (first === null) return { result: ProbeResult.error, output: `invalid URL path ${handler.path}` };
  const headers = probeHeaders(handler.httpHeaders, target.kubernetesVersion);
  const deadline = performance.now() + timeoutMs;
  let url = first;
  for (let redirects = 0; ; redirects++) {
    if (!isLoopback(url.hostname)) return { result: ProbeResult.error, output: `${url.hostname} is not a loopback address` };
    const answer = await get(url, headers, Math.max(0, deadline - performance.now()), target.signal);
    if ("failure" in answer) return failed(answer.failure, first, target.signal);
    const next = redirectTarget(answer, url);
    if (next === null || next.hostname !== first.hostname) return judged(answer);
    if (redirects + 1 >= REDIRECTS_MAX) return { result: ProbeResult.failure, output: `Get "${next.href}": stopped after 10 redirects` };
    url = next;
  }
};

/** One request over a connection of its own. Never rejects. */
function get(url: URL, headers: Record<string, string>, timeoutMs: number, signal: AbortSignal): Promise<Answered | Unanswered> {
  return new Promise((resolve) => {
    const client = new Client(url.origin, {
      pipelining: 0,
      connect: { rejectUnauthorized: false, timeout: 0 },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    let status = 0;
    let location: string | null = null;
    let body = "";
    const end = (answer: Answered | Unanswered): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      resolve(answer);
      // Neither waits nor keeps anything: what is unread is dropped with the connection.
      client.destroy(null, () => undefined);
    };
    // Headers without the whole body: an answer whose body could not be read.
    const fail = (failure: Unanswered["failure"]): void => end(status === 0 ? { failure } : { status, location, body: null });
    const cancel = (): void => fail("cancelled");
    const timer = setTimeout(() => fail("timeout"), timeoutMs);
    signal.addEventListener("abort", cancel, { once: true });
    client.dispatch(
      { method: "GET", path: url.pathname + url.search, headers, reset: true },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          status = statusCode;
          const value = responseHeaders["location"];
          location = typeof value === "string" ? value : null;
        },
        onResponseData: (_controller, chunk) => {
          body += chunk.toString("utf8");
          if (body.length >= BODY_MAX) end({ status, location, body: body.slice(0, BODY_MAX) });
        },
        onResponseEnd: () => end({ status, location, body }),
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
}

function failed(failure: Unanswered["failure"], url: URL, signal: AbortSignal): { readonly result: ProbeResult; readonly output: string } {
  if (failure === "cancelled" || signal.aborted) return { result: ProbeResult.error, output: "the run has ended" };
  if (failure === "timeout")
    return {
      result: ProbeResult.timeout,
      output: `Get "${url.href}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    };
  return { result: ProbeResult.failure, output: `Get "${url.href}": ${describe(failure)}` };
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
  return URL.parse(
    `${scheme.toLowerCase()}://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}${path.startsWith("/") ? "" : "/"}${path}`,
  );
}

function describe(error: Error): string {
  const code = (error as { code?: unknown }).code;
  if (code === "ECONNREFUSED") return "dial tcp: connect: connection refused";
  if (code === "ECONNRESET") return "read: connection reset by peer";
  if (code === "UND_ERR_SOCKET") return "EOF";
  return error.message;
}
