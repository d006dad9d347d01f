/**
 * HTTP probe as the kubelet makes it (pkg/probe/http): a new connection each time, no compression, no
 * proxy, certificates unverified, redirects followed only while the host name stays the same, the
 * timeout over the whole request with its body, of which 10 KiB are read. Success is 200–399.
 */
import type { HttpHeader } from "../../../engine/kubernetes/objects/pod.ts";
import { httpBodyTimeoutText, httpErrorText, httpTimeoutText, judgeHop, type HttpHop } from "../../../engine/kubernetes/probes/http-get.ts";
import { portErrorText } from "../../../engine/kubernetes/probes/port.ts";
import type { ProbeAnswer } from "../../../engine/kubernetes/probes/probe.ts";
import { newestVersions, versionsOf } from "../../../engine/kubernetes/versions.ts";
import { isLoopback } from "../addresses.ts";
import { connectErrorText } from "./connect-error.ts";
import { requestOnce, type HttpFailure } from "./http-client.ts";
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
  const code = String((error as { code?: unknown }).code ?? "");
  if (code.startsWith("ERR_SSL_") || code === "EPROTO") return "http: server gave HTTP response to HTTPS client";
  if (error.name === "HTTPParserError") return `net/http: HTTP/1.x transport connection broken: malformed HTTP response (${error.message})`;
  if (code === "UND_ERR_SOCKET") return "EOF";
  return connectErrorText(error, url.host);
}
