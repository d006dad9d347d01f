/** What a fault comes to that changed nothing although it met targets: the usual reason, by type. */
import type { FaultType } from "./fault.ts";

const noProcess = "no such process ran in its targets";
const nodeAway = "its nodes were off already, and didn't come back later for it";

export const withoutEffect: { readonly [Type in FaultType]: string } = {
  "probe-failure": "no probe of its targets began while it lasted, or none was drawn to fail",
  "node-loss": nodeAway,
  "node-freeze": "its nodes were off or stood still already",
  "network-partition": "its nodes were cut off already, or no client on one side asked for a Pod on the other",
  "zone-loss": nodeAway,
  "node-drain": "its nodes were cordoned already, and nothing ran there",
  "api-server-outage": "the API server was down already, or nobody asked it",
  "api-server-slow": "nobody asked the API server while it lasted",
  "watch-lag": "nothing changed that a watch could bring late",
  "endpoint-lag": "no endpoints changed while it lasted",
  "node-reboot": nodeAway,
  "node-shutdown": nodeAway,
  "kubelet-restart": "the kubelets were down already",
  "oom-kill": noProcess,
  "image-pull-failure": "no such image was pulled there while it lasted",
  "image-pull-slow": "no such image was pulled there while it lasted",
  "container-crash": noProcess,
  hang: noProcess,
  "slow-probe": "its targets have no such probe",
  "memory-leak": noProcess,
  "memory-spike": noProcess,
  "cpu-starvation": noProcess,
  "slow-service": "no load of the scenario asks its targets",
  "pod-kill": "its targets were being deleted already",
  "network-delay": "no load of the scenario and no probe over the network asks its targets",
  "network-loss": "no load of the scenario and no probe over the network asks its targets",
  "failing-service": "no load of the scenario asks its targets",
};

/** What a fault came to that had no target, or none that it could ask for. */
export const noTarget: string = "its selector matched nothing";
export const apiServerWasDown: string = "the API server was down and refused its requests";

export function takesNone(matched: number): string {
  return `its mode takes none of the ${matched} that its selector matches`;
}

/** It acts by requests to the API server, as an operator would. */
export function asksServer(type: FaultType): boolean {
  return type === "pod-kill" || type === "node-drain";
}

/** Others are about the API server. */
export function needsTargets(type: FaultType): boolean {
  return !ofServer.has(type);
}

const ofServer: ReadonlySet<FaultType> = new Set(["api-server-outage", "api-server-slow", "watch-lag", "endpoint-lag"]);
