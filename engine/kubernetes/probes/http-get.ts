/** HTTP probe: success is a final status 200–399; a redirect to another host ends there and counts as well (pkg/probe/http/http.go). */
import type { ProbeKind } from "./probe.ts";

export const httpGet: ProbeKind<"httpGet"> = {
  type: "httpGet",
  usesPort: true,
  refusal: "failure",
  failureText(handler, fault, address) {
    const url = `${handler.scheme.toLowerCase()}://${address}${handler.path}`;
    switch (fault) {
      case "refused":
        return `Get "${url}": dial tcp ${address}: connect: connection refused`;
      case "timeout":
        return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
      case "unhealthy":
        return httpStatusText(500);
    }
  },
};

/** Whether the status of the final response is a success. */
export function isHttpSuccess(status: number): boolean {
  return status >= 200 && status < 400;
}

export function httpStatusText(status: number): string {
  return `HTTP probe failed with statuscode: ${status}`;
}
