/** The real addresses behind a Service right now: the newest valid entry of the endpoint log, resolved for the load. */
import type { Bulletin } from "../../engine/kernel/bulletin.ts";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { PodId } from "../../engine/kubernetes/api-server/pod-record.ts";
import type { EndpointEntry } from "../../engine/kubernetes/network/endpoint-log.ts";
import type { PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import type { Service, ServicePort } from "../../engine/kubernetes/objects/service.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import type { Addresses } from "./addresses.ts";

export interface LiveEndpoint {
  readonly pod: PodId;
  readonly ip: string;
  readonly port: number;
}

/** Walks the endpoint log as time goes on and remembers, per Service, the newest entry that is valid. */
export class EndpointReader {
  private readonly log: Bulletin<EndpointEntry>;
  private readonly newest = new Map<number, EndpointEntry>();
  private position = 0;

  constructor(log: Bulletin<EndpointEntry>) {
    this.log = log;
  }

  /** Services whose endpoints changed since the last call. */
  advance(now: VirtualTime): Set<number> {
    const changed = new Set<number>();
    // Differs: live Service proxy. The load learns of endpoints when the watch could, without a proxy's sync period.
    while (this.position < this.log.length && this.log.validFrom(this.position) <= now) {
      const entry = this.log.entry(this.position++);
      this.newest.set(entry.service, entry);
      changed.add(entry.service);
    }
    return changed;
  }

  pods(service: number): readonly PodId[] {
    return this.newest.get(service)?.pods ?? [];
  }
}

/** Endpoints of a load; a Pod without the target port or without an address is left out. */
export function liveEndpoints(
  pods: readonly PodId[],
  service: Service,
  load: Pick<LoadSpec, "port">,
  addresses: Addresses,
  templateOf: (pod: PodId) => PodTemplate,
): LiveEndpoint[] {
  const servicePort = portOf(service, load);
  const endpoints: LiveEndpoint[] = [];
  for (const pod of pods) {
    const address = addresses.known(pod);
    const port = servicePort === null ? null : targetPort(templateOf(pod), servicePort.targetPort);
    if (address !== undefined && port !== null) endpoints.push({ pod, ip: address.ip, port: address.portOf(port) });
  }
  return endpoints;
}

function portOf(service: Service, load: Pick<LoadSpec, "port">): ServicePort | null {
  const { ports } = service.spec;
  if (load.port === null) return ports[0] ?? null;
  return ports.find((port) => port.port === load.port || port.name === load.port) ?? null;
}

function targetPort(template: PodTemplate, target: number | string): number | null {
  if (typeof target === "number") return target;
  const ports = template.spec.containers.flatMap((container) => container.ports);
  return ports.find((port) => port.name === target)?.containerPort ?? null;
}
