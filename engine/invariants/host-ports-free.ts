/** A host port of a node belongs to one Pod at a time. */
import type { InvariantDefinition } from "./invariant.ts";

export const hostPortsFreeDefinition: InvariantDefinition = {
  name: "host-ports-free",
  scope: "control",
  meaning: "no Pod is bound to a node on which another one has a host port that it wants",
};

export class HostPortsFree {
  private readonly taken = new Map<string, number>();

  bound(pod: string, node: number, ports: readonly string[]): string | null {
    const port = ports.find((own) => (this.taken.get(`${node}/${own}`) ?? 0) > 0);
    for (const own of ports) this.count(node, own, 1);
    return port === undefined ? null : `${pod}: bound to node ${node}, whose host port ${port} is taken`;
  }

  gone(node: number, ports: readonly string[]): void {
    for (const port of ports) this.count(node, port, -1);
  }

  private count(node: number, port: string, by: number): void {
    const key = `${node}/${port}`;
    this.taken.set(key, (this.taken.get(key) ?? 0) + by);
  }
}
