/**
 * Lifecycle hooks of the virtual runtime: how long one takes, how it ends, and what the runtime says of a failure
 * (pkg/kubelet/lifecycle/handlers.go, CRI ExecSync).
 */
import { execOf } from "../../application/container-script.ts";
import { uniform } from "../../kernel/random.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import type { Container, LifecycleHandler } from "../objects/pod.ts";
import { podAddress } from "../objects/pod-address.ts";
import { processTime } from "../probes/exec.ts";
import { hookDuration } from "./hook-duration.ts";
import { containerAt } from "./pod-plan.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";
import { REFUSAL } from "./virtual-probes.ts";

/** Exit code of a command that is killed with its container. */
const KILLED = 137;

export interface PendingHook {
  readonly hook: "postStart" | "preStop";
  readonly handler: LifecycleHandler;
  readonly generation: number;
  readonly succeeded: boolean;
  /** Of a failed command. */
  readonly exitCode: number;
  /** It goes through without TLS: host and port, for who says so; "": nobody does. */
  readonly plainHost: string;
  /** A sleep goes on without the container; everything else ends with it. */
  readonly survivesExit: boolean;
}

interface Outcome {
  readonly succeeded: boolean;
  readonly exitCode: number;
  readonly duration: Duration;
}

export class VirtualHooks {
  private readonly model: VirtualContext;
  private readonly pending = new Map<number, PendingHook>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  run(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    const definition = containerAt(this.model.table.plan(row), container);
    const handler = hook === "postStart" ? definition.postStart : definition.preStop;
    if (handler === null) return;
    const { succeeded, exitCode, duration } = this.outcome(row, container, generation, hook, handler);
    const kind = this.model.kind(row, container, ContainerTimer.hook);
    const survivesExit = handler.type === "sleep";
    const plainHost = this.plainHost(row, container, hook, definition, handler);
    this.pending.set(this.model.slot(row, kind), { hook, handler, generation, succeeded, exitCode, survivesExit, plainHost });
    this.model.arm(row, kind, duration);
  }

  done(now: VirtualTime, row: number, container: number): void {
    const slot = this.model.slot(row, this.model.kind(row, container, ContainerTimer.hook));
    const hook = this.pending.get(slot);
    if (hook === undefined) return;
    this.pending.delete(slot);
    this.finish(now, row, container, hook);
  }

  /** The process is gone. Returns the hook that dies with it; `fail` tells the kubelet. */
  die(row: number, container: number): PendingHook | null {
    const kind = this.model.kind(row, container, ContainerTimer.hook);
    const hook = this.pending.get(this.model.slot(row, kind));
    if (hook === undefined || hook.survivesExit) return null;
    this.pending.delete(this.model.slot(row, kind));
    this.model.kubelet.cancelPortTimer(row, kind);
    return { ...hook, succeeded: false, exitCode: KILLED };
  }

  finish(now: VirtualTime, row: number, container: number, hook: PendingHook): void {
    const { generation, succeeded, plainHost } = hook;
    const answer = { kind: "hookFinished", row, container, generation, hook: hook.hook, succeeded } as const;
    if (!succeeded) return this.model.kubelet.input(now, { ...answer, error: errorOf(hook) });
    this.model.kubelet.input(now, plainHost === "" ? answer : { ...answer, plainHost });
  }

  private plainHost(row: number, container: number, hook: PendingHook["hook"], { ports }: Container, handler: LifecycleHandler): string {
    if (handler.type !== "httpGet" || handler.scheme !== "HTTPS" || !this.model.kubelet.node.version.hooksFallBackOnHttp) return "";
    if (this.model.modelsOf(row)[container]!.behaviour.hooks?.[hook]?.isPlainHttp !== true) return "";
    const { host, port } = handler;
    const number = typeof port === "number" ? port : (ports.find(({ name }) => name === port)?.containerPort ?? 0);
    return `${host === "" ? podAddress(this.model.kubelet.recordOf(row).id) : host}:${number}`;
  }

  private outcome(row: number, container: number, generation: number, hook: "postStart" | "preStop", handler: LifecycleHandler): Outcome {
    const { now } = this.model.simulator;
    const { script, hooks, probeTime } = this.model.modelsOf(row)[container]!.behaviour;
    const isAlive = this.model.isAlive(row, container);
    if (script !== undefined && handler.type === "exec" && isAlive) {
      const { result, duration } = execOf(script, handler.command, now - this.model.startedAt(row, container), generation);
      return { succeeded: result === 0, exitCode: typeof result === "number" ? result : 1, duration };
    }
    const known = hookDuration(handler);
    // A sleep is the kubelet's own: neither the application nor its end has a say.
    if (handler.type === "sleep") return { succeeded: true, exitCode: 0, duration: known! };
    const answers = isAlive && (handler.type === "exec" || now >= this.model.listensAt(row, container));
    if (!answers) return { succeeded: false, exitCode: KILLED, duration: REFUSAL };
    const given = hooks?.[hook];
    const key = this.model.key(row, `${hook} fails`, container);
    const fails = given !== undefined && given.fails > 0 && uniform(key.hi, key.lo, generation) < given.fails;
    const drawn = given?.duration ?? (handler.type === "exec" ? processTime : probeTime);
    const duration = given?.duration === undefined || given.duration === null ? known : null;
    return {
      succeeded: !fails,
      exitCode: given?.exitCode ?? 1,
      duration: duration ?? this.model.drawDuration(drawn, row, container, hook, generation),
    };
  }
}

/** The runtime's text of a failure. */
function errorOf({ handler, exitCode }: PendingHook): string {
  switch (handler.type) {
    case "exec":
      return `command '${handler.command.join(" ")}' exited with ${exitCode}: `;
    case "httpGet":
    case "tcpSocket":
      return "connect: connection refused";
    case "sleep":
      return "container terminated before sleep hook finished";
  }
}
