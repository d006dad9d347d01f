/**
 * HTTP probe as the kubelet makes it (pkg/probe/http): a new connection each time, no compression, no
 * proxy, certificates unverified, redirects followed only while the host name stays the same, the
 * timeout over the whole request with its body, of which 10 KiB are read. Success is 200–399.
 */
import { Client } from "undici";
import type { HttpHeader } from "../../../engine/kubernetes/objects/pod.ts";
import { httpBodyTimeoutText, httpErrorText, httpTimeoutText, judgeHop, type HttpHop } from "../../../engine/kubernetes/probes/http-get.ts";
import { portErrorText } from "../../../engine/kubernetes/probes/port.ts";
import { OUTPUT_MAX, type ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { newestVersions, versionsOf } from "../../../engine/kubernetes/versions.ts";
import { isLoopback } from "../addresses.ts";
import { connectErrorText } from "../connect-error.ts";
import { onAbort } from "../cancellation.ts";
import { cancelled, type AttemptProbe } from "./probe.ts";

export const probeHttpGet: AttemptProbe<"httpGet"> = async (handler, target, timeoutMs) => {
  if (target.port === null) return { outcome: "error", output: portErrorText(handler.port) };
  const host = handler.host === "" ? target.ip : handler.host;
  const first = httpUrl(handler.scheme, host, target.port, handler.path);
  if (first === null) return { outcome: "error", output: `parse "${handler.path}": invalid URL` };
  const versions = versionsOf(target.kubernetesVersion) ?? newestVersions;
  let headers = probeHeaders(handler.httpHeaders, target.kubernetesVersion);
  const deadline = performance.now() + timeoutMs;
  let url = first;
  for (let requests = 1; ; requests++) {
    if (!isLoopback(url.hostname)) return { outcome: "error", output: `${url.hostname} is not a loopback address` };
    const response = await requestOnce(url, headers, Math.max(0, deadline - performance.now()), target.signal);
    if (target.signal.aborted) return cancelled;
    if (!("status" in response)) return unanswered(response.failure, url);
    if (response.body === null) return unread(response.failure);
    const next = response.location === null ? null : redirectUrl(response.location, url);
    const hop: HttpHop = { status: response.status, body: response.body, location: response.location, host: next?.hostname ?? null };
    const judged = judgeHop(hop, first.hostname, requests, versions);
    if (judged !== "follow") return judged;
    headers = headersAfter(headers, url, response.location!);
    url = next!;
  }
};

function unanswered(failure: HttpFailure, url: URL): ProbeAnswer {
  if (failure === "cancelled") return cancelled;
  if (failure === "timeout") return { outcome: "timeout", output: httpErrorText(url.href, httpTimeoutText) };
  return { outcome: "failure", output: httpErrorText(url.href, describe(failure, url)) };
}

/** As upstream: a body that can't be read is an error, not a failure, and counts for nothing. */
function unread(failure: HttpFailure | null): ProbeAnswer {
  return { outcome: "error", resulted: "failure", output: failure === "timeout" ? httpBodyTimeoutText : "unexpected EOF" };
}

/** Null: it leads nowhere that HTTP goes. */
function redirectUrl(location: string, from: URL): URL | null {
  const target = URL.parse(location, from.href);
  return target !== null && (target.protocol === "http:" || target.protocol === "https:") ? target : null;
}

/** User-Agent and Accept unless given; an empty Accept removes it. */
function probeHeaders(given: readonly HttpHeader[], version: string): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": `kube-probe/${version}`, accept: "*/*" };
  for (const { name, value } of given) headers[name.toLowerCase()] = value;
  if (headers["accept"] === "") delete headers["accept"];
  return headers;
}

/** net/http's: a Host of one's own stays with relative redirects, and the page before is named unless it was safer. */
function headersAfter(headers: Readonly<Record<string, string>>, from: URL, location: string): Record<string, string> {
  const { host, ...rest } = headers;
  const isRelative = URL.parse(location) === null;
  return {
    ...rest,
    ...(host !== undefined && isRelative ? { host } : {}),
    ...(from.protocol === "https:" && location.startsWith("http:") ? {} : { referer: from.href }),
  };
}

/** Null when it is no URL. */
export function httpUrl(scheme: "HTTP" | "HTTPS", host: string, port: number, path: string): URL | null {
  return URL.parse(
    `${scheme.toLowerCase()}://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}${path.startsWith("/") ? "" : "/"}${path}`,
  );
}

function describe(error: Error, url: URL): string {
  const code = (error as { code?: string }).code ?? "";
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") return "http: server gave HTTP response to HTTPS client";
  if (error.name === "HTTPParserError") return `net/http: HTTP/1.x transport connection broken: malformed HTTP response (${error.message})`;
  if (code === "UND_ERR_SOCKET") return "EOF";
  return connectErrorText(error, url.host);
}

// ── one request ──

interface Answered {
  readonly status: number;
  readonly location: string | null;
  /** At most 10 KiB. Null: it broke off, or hung. */
  readonly body: string | null;
  /** Of a body that is null. */
  readonly failure: HttpFailure | null;
}

interface Unanswered {
  readonly failure: HttpFailure;
}

type HttpFailure = Error | "timeout" | "cancelled";

/** Clients without a connection, by place; beyond that many they are dropped. */
const idle = new Map<string, Client[]>();
const IDLE_MAX = 256;
let idleCount = 0;

/**
 * Over a connection of its own. Making a client costs half a probe, so clients that are done wait for the next
 * request to the same place; a connection never does. Never rejects.
 */
function requestOnce(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answered | Unanswered> {
  return new Promise((resolve) => {
    const { origin } = url;
    const client = take(origin);
    let isOver = false;
    let status = 0;
    let location: string | null = null;
    let body = "";
    const end = (answer: Answered | Unanswered, isWhole: boolean): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      forget();
      if (isWhole) keep(origin, client);
      // Neither waits nor keeps anything: what is unread is dropped with the connection.
      else client.destroy(null, () => undefined);
      resolve(answer);
    };
    const fail = (failure: HttpFailure): void => end(status === 0 ? { failure } : { status, location, body: null, failure }, false);
    const cancel = (): void => fail("cancelled");
    const timer = setTimeout(() => fail("timeout"), timeoutMs);
    const forget = onAbort(signal, cancel);
    client.dispatch(
      { method: "GET", path: url.pathname + url.search, headers, reset: true },
      {
        onRequestStart: () => undefined,
        // Differs: 100 Continue that nobody asked for. undici ends the request with an error before it gets here.
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          // One of 1xx is followed by the answer.
          if (statusCode < 200) return;
          status = statusCode;
          const value = responseHeaders["location"];
          location = typeof value === "string" ? value : null;
        },
        onResponseData: (_controller, chunk) => {
          if (isOver) return;
          body += chunk.toString("utf8");
          if (body.length >= OUTPUT_MAX) end({ status, location, body: body.slice(0, OUTPUT_MAX), failure: null }, false);
        },
        onResponseEnd: () => {
          leaveStackTracesOut();
          end({ status, location, body, failure: null }, true);
        },
        onResponseError: (_controller, error) => fail(error),
      },
    );
  });
}

/**
 * Until the present callback has returned: there undici makes an Error for the connection that it closes, whose
 * stack trace nobody reads and which would cost a fifth of the probe.
 */
function leaveStackTracesOut(): void {
  const { stackTraceLimit } = Error;
  if (stackTraceLimit === 0) return;
  Error.stackTraceLimit = 0;
  queueMicrotask(() => {
    Error.stackTraceLimit = stackTraceLimit;
  });
}

function take(origin: string): Client {
  const waiting = idle.get(origin)?.pop();
  if (waiting === undefined) {
    return new Client(origin, {
      pipelining: 1,
      connect: { rejectUnauthorized: false, timeout: 0, maxCachedSessions: 0 },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
  idleCount--;
  return waiting;
}

function keep(origin: string, client: Client): void {
  if (idleCount >= IDLE_MAX) return dropAll();
  idleCount++;
  const waiting = idle.get(origin);
  if (waiting === undefined) idle.set(origin, [client]);
  else waiting.push(client);
}

/** Places come and go with their Pods: now and then all start anew. */
function dropAll(): void {
  idle.clear();
  idleCount = 0;
}
