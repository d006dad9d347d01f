/**
 * One loopback address per Pod, so that two Pods may listen on the same containerPort as they do in a
 * cluster. On Linux all of 127.0.0.0/8 is local; elsewhere only 127.0.0.1 is, and a Pod's ports are
 * mapped to free ones that its manifest takes from `$(POD_PORT)`.
 */
import { createServer, isIPv4, type Server } from "node:net";

export interface PodAddress {
  readonly ip: string;
  /** Where a containerPort really is. */
  portOf(containerPort: number): number;
}

/** First of the mapped ports: below the usual ephemeral range. */
const FIRST_MAPPED_PORT = 20_000;
/** The port whose listener marks a network 127.n.0.0/16 as taken, so that runs side by side don't meet. */
const LOCK_PORT = 19_999;

export class Addresses {
  private readonly lock: Server;
  /** Null: only 127.0.0.1 exists. */
  private readonly network: number | null;
  private readonly pods = new Map<number, PodAddress>();
  private nextHost = 1;
  private nextPort: number = FIRST_MAPPED_PORT;

  constructor(lock: Server, network: number | null) {
    this.lock = lock;
    this.network = network;
  }

  /** Whether each Pod has an address of its own. */
  get hasNetwork(): boolean {
    return this.network !== null;
  }

  /** The address of a Pod; `isMapped` when its manifest asks for `$(POD_PORT)`. The same for all calls. */
  of(pod: number, isMapped: boolean): PodAddress {
    const known = this.pods.get(pod);
    if (known !== undefined) return known;
    const ip = this.nextIp();
    const address: PodAddress = isMapped ? { ip, portOf: this.mappedPorts() } : { ip, portOf: (port) => port };
    this.pods.set(pod, address);
    return address;
  }

  /** The address of a Pod that has one. */
  known(pod: number): PodAddress | undefined {
    return this.pods.get(pod);
  }

  close(): void {
    this.lock.close();
  }

  private nextIp(): string {
    if (this.network === null) return "127.0.0.1";
    const host = this.nextHost++;
    return `127.${this.network}.${(host >> 8) & 255}.${host & 255}`;
  }

  private mappedPorts(): (containerPort: number) => number {
    const ports = new Map<number, number>();
    return (containerPort) => {
      const port = ports.get(containerPort) ?? this.nextPort++;
      ports.set(containerPort, port);
      return port;
    };
  }
}

/** Takes a free network 127.n.0.0/16 for this run; it is free again when the process ends. */
export async function takeAddresses(): Promise<Addresses> {
  const first = process.pid % 200;
  for (let step = 0; step < 200; step++) {
    const network = 20 + ((first + step) % 200);
    const lock = await listening(`127.${network}.255.254`, LOCK_PORT);
    if (lock === "unsupported") break;
    if (lock !== "taken") return new Addresses(lock, network);
  }
  const lock = await listening("127.0.0.1", 0);
  if (typeof lock === "string") throw new Error("no loopback address to be had");
  return new Addresses(lock, null);
}

function listening(host: string, port: number): Promise<Server | "taken" | "unsupported"> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE" ? "taken" : "unsupported"));
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

/** 127.0.0.0/8, ::1 or localhost: all that a live run may reach. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1" || host === "[::1]") return true;
  return host.startsWith("127.") && isIPv4(host);
}
