/** The probe kinds. */
import { unreachable } from "../../kernel/assert.ts";
import type { ProbeHandler } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";
import { exec } from "./exec.ts";
import { grpc } from "./grpc.ts";
import { httpGet } from "./http-get.ts";
import type { ProbeFault, ProbeKind } from "./probe.ts";
import { tcpSocket } from "./tcp-socket.ts";

const byType: { readonly [Type in ProbeHandler["type"]]: ProbeKind<Type> } = { httpGet, tcpSocket, grpc, exec };

/** By number, for tables. */
export const probeKinds: readonly Pick<ProbeKind, "type" | "usesPort" | "refusal">[] = Object.values(byType);

export function handlerIndex(type: ProbeHandler["type"]): number {
  return probeKinds.findIndex((kind) => kind.type === type);
}

/** The kubelet's output of a failed attempt. */
export function failureText(handler: ProbeHandler, fault: ProbeFault, address: string, timeoutSeconds: number, versions: Versions): string {
  switch (handler.type) {
    case "httpGet":
      return httpGet.failureText(handler, fault, address, timeoutSeconds, versions);
    case "tcpSocket":
      return tcpSocket.failureText(handler, fault, address, timeoutSeconds, versions);
    case "grpc":
      return grpc.failureText(handler, fault, address, timeoutSeconds, versions);
    case "exec":
      return exec.failureText(handler, fault, address, timeoutSeconds, versions);
    default:
      return unreachable(handler);
  }
}
