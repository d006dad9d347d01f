/**
 * Servers whose requests some source follows (client-source.ts): it must learn of an answer when it comes back, so
 * each such server is looked at whenever the first request in flight ends, as one more client at the node's
 * desk. And which loads keep connections to a server that may close them.
 */
import type { ContainerServer } from "../application/server.ts";
import type { VirtualTime } from "../kernel/time.ts";
import { NEVER } from "../kernel/time.ts";
import type { ClientDesk } from "./retry.ts";

/** Words below -1 at a desk: entry n is word FIRST_WATCH - n. */
const FIRST_WATCH = -2;

interface Watched {
  server: ContainerServer | null;
  desk: ClientDesk;
  /** When it will be looked at; NEVER: not before something is admitted. */
  at: VirtualTime;
}

interface KeptConnection {
  readonly load: number;
  readonly pod: number;
}

const none: readonly KeptConnection[] = [];

export class ServerWatch {
  private readonly entries: Watched[] = [];
  private readonly entryOf = new Map<ContainerServer, number>();
  private readonly free: number[] = [];
  private readonly connections = new WeakMap<ContainerServer, KeptConnection[]>();

  /** Something was admitted, or goes on at another pace. */
  observe(now: VirtualTime, server: ContainerServer, desk: ClientDesk): void {
    const known = this.entryOf.get(server);
    const index = known ?? this.enter(server, desk);
    const entry = this.entries[index]!;
    const end = server.nextEnd(now);
    if (end === NEVER || Math.max(now + 1, end) >= entry.at) return;
    entry.at = Math.max(now + 1, end);
    desk.wait(entry.at, FIRST_WATCH - index);
  }

  /** The pace of a server changed. */
  again(now: VirtualTime, server: ContainerServer): void {
    const index = this.entryOf.get(server);
    if (index !== undefined) this.observe(now, server, this.entries[index]!.desk);
  }

  wake(now: VirtualTime, word: number): void {
    const index = FIRST_WATCH - word;
    const entry = this.entries[index]!;
    // A later look that was called off.
    if (entry.at !== now || entry.server === null) return;
    const { desk, server } = entry;
    entry.at = NEVER;
    server.settle(now);
    if (server.inFlight(now) > 0) {
      this.observe(now, server, desk);
      return;
    }
    entry.server = null;
    this.entryOf.delete(server);
    this.free.push(index);
  }

  /** Nothing is in flight; one that will be looked at is forgotten then. */
  forget(server: ContainerServer): void {
    const index = this.entryOf.get(server);
    if (index === undefined || this.entries[index]!.at !== NEVER) return;
    this.entries[index]!.server = null;
    this.entryOf.delete(server);
    this.free.push(index);
  }

  keepConnection(server: ContainerServer, load: number, pod: number): void {
    const known = this.connections.get(server);
    if (known === undefined) this.connections.set(server, [{ load, pod }]);
    else if (!known.some((one) => one.load === load)) known.push({ load, pod });
  }

  /** In the order in which loads first came; forgotten by asking. */
  connectionsOf(server: ContainerServer): readonly KeptConnection[] {
    const known = this.connections.get(server) ?? none;
    this.connections.delete(server);
    return known;
  }

  private enter(server: ContainerServer, desk: ClientDesk): number {
    const index = this.free.pop() ?? this.entries.length;
    this.entries[index] = { server, desk, at: NEVER };
    this.entryOf.set(server, index);
    return index;
  }
}
