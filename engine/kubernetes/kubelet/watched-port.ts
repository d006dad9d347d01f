/** A port that tells somebody what the kubelet asks of it, before it does so. */
import type { DisturbContainer } from "../../application/disturbance.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { ContainerUsage } from "./node-usage.ts";
import type { KubeletPort, MissingConfig, ProbeRole } from "./ports.ts";

export interface PortListener {
  sandboxAsked(row: number): void;
  sandboxEnds(row: number): void;
  startAsked(row: number, container: number): void;
  killAsked(row: number, container: number, what: "preStop" | "TERM" | "KILL"): void;
  probeAsked(row: number, container: number, generation: number, role: ProbeRole): void;
  /** After the port has heard of it. */
  probeBegan(row: number, container: number, generation: number, role: ProbeRole): void;
  powerLost(): void;
  forgotten(row: number): void;
}

export class WatchedPort implements KubeletPort {
  private readonly port: KubeletPort;
  private readonly listener: PortListener;

  constructor(port: KubeletPort, listener: PortListener) {
    this.port = port;
    this.listener = listener;
  }

  createSandbox(row: number): void {
    this.listener.sandboxAsked(row);
    this.port.createSandbox(row);
  }

  stopSandbox(row: number): void {
    this.listener.sandboxEnds(row);
    this.port.stopSandbox(row);
  }

  pullImage(row: number, container: number): void {
    this.port.pullImage(row, container);
  }

  startContainer(row: number, container: number, generation: number): void {
    this.listener.startAsked(row, container);
    this.port.startContainer(row, container, generation);
  }

  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    this.listener.killAsked(row, container, signal);
    this.port.signalContainer(row, container, generation, signal);
  }

  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    if (hook === "preStop") this.listener.killAsked(row, container, hook);
    this.port.runHook(row, container, generation, hook);
  }

  startProbe(row: number, container: number, generation: number, role: ProbeRole): void {
    this.listener.probeAsked(row, container, generation, role);
    this.port.startProbe(row, container, generation, role);
    this.listener.probeBegan(row, container, generation, role);
  }

  forget(row: number): void {
    this.listener.forgotten(row);
    this.port.forget(row);
  }

  hasImage(row: number, container: number): boolean {
    return this.port.hasImage?.(row, container) === true;
  }

  onTimer(now: VirtualTime, row: number, kind: number): void {
    this.port.onTimer?.(now, row, kind);
  }

  adopt(now: VirtualTime, row: number, startedAt: VirtualTime): void {
    this.port.adopt?.(now, row, startedAt);
  }

  loseNode(now: VirtualTime): void {
    this.listener.powerLost();
    this.port.loseNode?.(now);
  }

  failProbes(now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void {
    this.port.failProbes?.(now, row, role, rate, until);
  }

  missingConfig(now: VirtualTime, row: number, container: number): MissingConfig | null {
    return this.port.missingConfig?.(now, row, container) ?? null;
  }

  usageOf(now: VirtualTime, row: number, container: number): ContainerUsage | null {
    return this.port.usageOf?.(now, row, container) ?? null;
  }

  cpuTimeOf(now: VirtualTime, row: number, container: number): ReturnType<NonNullable<KubeletPort["cpuTimeOf"]>> {
    return this.port.cpuTimeOf?.(now, row, container) ?? null;
  }

  disturbPulls(now: VirtualTime, fault: Parameters<NonNullable<KubeletPort["disturbPulls"]>>[1]): void {
    this.port.disturbPulls?.(now, fault);
  }

  disturb(now: VirtualTime, row: number, container: number, disturbance: DisturbContainer): void {
    this.port.disturb?.(now, row, container, disturbance);
  }

  shareCpu(now: VirtualTime): void {
    this.port.shareCpu?.(now);
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    this.port.runOutOfMemory?.(now, row, container);
  }
}
