/**
 * What the containers of one node might use at most, kept while they come and go: as long as that leaves room,
 * nobody has to look at what they use. So pressure costs nothing where there is none.
 */
import type { VolumeUsage } from "./local-storage.ts";

/** Of one container, bytes and count; Infinity: it grows without an end. */
export interface UsageCeiling {
  readonly memory: number;
  readonly disk: number;
  readonly inodes: number;
  readonly processes: number;
  /** cores, those that its exec probes cost too; left out: none that anybody asks for */
  readonly cpu?: number;
}

/** What one container uses at an instant. */
export interface ContainerUsage {
  /** Working set in bytes. */
  readonly memory: number;
  /** bytes per second by which it grows */
  readonly memoryRate: number;
  /** It also depends on the requests in flight. */
  readonly memoryVaries: boolean;
  /** Bytes, in the container's layer or on the node's own disk; what lies in memory isn't among them. */
  readonly disk: number;
  /** `disk` lies in logs or in an emptyDir. */
  readonly isLogs: boolean;
  /** It writes there, not into its layer or into logs. */
  readonly volume?: VolumeUsage;
  readonly inodes: number;
  readonly processes: number;
}

/** A sum that knows how many of its parts are infinite. */
class Ceiling {
  private finite = 0;
  private unbounded = 0;

  add(amount: number, sign: 1 | -1): void {
    if (amount === Infinity) this.unbounded += sign;
    else this.finite += sign * amount;
  }

  get sum(): number {
    return this.unbounded > 0 ? Infinity : this.finite;
  }
}

export class NodeUsage {
  /** Told when a process began: what watches the node's resources may have to begin, too. */
  onBegin: (() => void) | null = null;
  private readonly memory = new Ceiling();
  private readonly disk = new Ceiling();
  private readonly inodes = new Ceiling();
  private readonly processes = new Ceiling();
  private readonly cpu = new Ceiling();
  /** millicores that processes which start up want */
  private starting = 0;

  began(ceiling: UsageCeiling): void {
    this.count(ceiling, 1);
    this.onBegin?.();
  }

  ended(ceiling: UsageCeiling): void {
    this.count(ceiling, -1);
  }

  get memoryMax(): number {
    return this.memory.sum;
  }

  get diskMax(): number {
    return this.disk.sum;
  }

  get inodesMax(): number {
    return this.inodes.sum;
  }

  get processesMax(): number {
    return this.processes.sum;
  }

  /** Cores that servers, and processes that start up, might want at once. */
  get cpuMax(): number {
    return this.cpu.sum + this.starting / 1000;
  }

  startUpBegan(millicores: number): void {
    this.starting += millicores;
  }

  startUpEnded(millicores: number): void {
    this.starting -= millicores;
  }

  private count(ceiling: UsageCeiling, sign: 1 | -1): void {
    this.memory.add(ceiling.memory, sign);
    this.disk.add(ceiling.disk, sign);
    this.inodes.add(ceiling.inodes, sign);
    this.processes.add(ceiling.processes, sign);
    this.cpu.add(ceiling.cpu ?? 0, sign);
  }
}
