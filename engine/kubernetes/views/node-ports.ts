/**
 * Node ports of Services, as the API server gives them: those that are asked for first, the others drawn from the
 * range by the Service's name. Source: pkg/registry/core/service/portallocator.
 */
import { streamKey, word } from "../../kernel/random.ts";
import type { ServiceRecord } from "../api-server/records.ts";
import { NODE_PORT_MAX, NODE_PORT_MIN, type Service } from "../objects/service.ts";

export interface NodePorts {
  /** By port of the Service; 0: none. */
  readonly ports: readonly number[];
  /** 0: none. */
  readonly healthCheck: number;
}

/** By the Services' numbers. */
export function nodePortsOf(seed: number, services: readonly (ServiceRecord | undefined)[]): ReadonlyMap<number, NodePorts> {
  const taken = new Set<number>();
  for (const record of services) {
    if (record === undefined) continue;
    for (const { nodePort = 0 } of record.object.spec.ports) taken.add(nodePort);
    taken.add(record.object.spec.healthCheckNodePort ?? 0);
  }
  const found = new Map<number, NodePorts>();
  for (const record of services) {
    if (record === undefined) continue;
    const { metadata, spec } = record.object;
    const key = streamKey(seed, "node port", `${metadata.namespace}/${metadata.name}`);
    let draws = 0;
    const draw = (): number => {
      for (;;) {
        const port = NODE_PORT_MIN + (word(key.hi, key.lo, draws++) % (NODE_PORT_MAX - NODE_PORT_MIN + 1));
        // A range that is full would be refused; so many Services are nobody's.
        if (taken.has(port) && draws < 100_000) continue;
        taken.add(port);
        return port;
      }
    };
    const ports = spec.ports.map(({ nodePort }) => nodePort ?? (wantsNodePorts(record.object) ? draw() : 0));
    const checksHealth = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
    found.set(record.index, { ports, healthCheck: checksHealth ? (spec.healthCheckNodePort ?? draw()) : 0 });
  }
  return found;
}

function wantsNodePorts({ spec }: Service): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.isWithoutNodePorts !== true);
}
