/** HTTP probe: success is a final status 200–399; a redirect to another host ends there and counts as well (pkg/probe/http/http.go). */
import type { ProbeHandler } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";
import type { ProbeAnswer, ProbeKind } from "./probe.ts";

/** net/http's own limit, which the kubelet keeps. */
const REDIRECTS_MAX = 10;

export const httpGet: ProbeKind<"httpGet"> = {
  type: "httpGet",
  usesPort: true,
  refusal: "failure",
  failureText(handler, fault, address, _timeoutSeconds, versions) {
    switch (fault) {
      case "refused":
        return httpErrorText(probeUrl(handler, address), `dial tcp ${address}: connect: connection refused`);
      case "timeout":
        return httpErrorText(probeUrl(handler, address), httpTimeoutText);
      case "unhealthy":
        return judgeHttp(500, "", versions).output;
      case "cut":
        return httpErrorText(probeUrl(handler, address), "EOF");
    }
  },
};

/** Whether the status of the final response is a success. */
export function isHttpSuccess(status: number): boolean {
  return status >= 200 && status < 400;
}

/** Of the final response. One of 3xx is where redirects ended (another host, no location): Kubernetes' warning. */
export function judgeHttp(status: number, body: string, versions: Pick<Versions, "redirectWarningNamesBody">): ProbeAnswer {
  if (!isHttpSuccess(status)) return { outcome: "failure", output: `HTTP probe failed with statuscode: ${status}` };
  if (status < 300) return { outcome: "success", output: body };
  return { outcome: "warning", output: versions.redirectWarningNamesBody ? `Probe terminated redirects, Response body: ${body}` : body };
}

/** A response on the way to the final one. */
export interface HttpHop {
  readonly status: number;
  readonly body: string;
  /** As the server wrote it; null: none. */
  readonly location: string | null;
  /** Host name that the location leads to; null: none. */
  readonly host: string | null;
}

/** `RedirectChecker` and net/http's own rules: "follow", or the answer. `requests`: made so far. */
export function judgeHop(
  hop: HttpHop,
  firstHost: string,
  requests: number,
  versions: Pick<Versions, "redirectWarningNamesBody">,
): ProbeAnswer | "follow" {
  if (!redirectStatuses.includes(hop.status) || hop.host === null || hop.host !== firstHost)
    return judgeHttp(hop.status, hop.body, versions);
  if (requests < REDIRECTS_MAX) return "follow";
  return { outcome: "failure", output: httpErrorText(hop.location ?? "", `stopped after ${REDIRECTS_MAX} redirects`) };
}

/** Those that net/http follows. */
const redirectStatuses: readonly number[] = [301, 302, 303, 307, 308];

/** url.Error as Go prints it. */
export function httpErrorText(url: string, reason: string): string {
  return `Get "${url}": ${reason}`;
}

export const httpTimeoutText = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
/** The body didn't end in time: an error, not a failure. */
export const httpBodyTimeoutText = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

function probeUrl(handler: Extract<ProbeHandler, { type: "httpGet" }>, address: string): string {
  return `${handler.scheme.toLowerCase()}://${address}${handler.path.startsWith("/") ? "" : "/"}${handler.path}`;
}
