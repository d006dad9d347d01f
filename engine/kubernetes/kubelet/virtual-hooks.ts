/** Lifecycle hooks of the virtual runtime: how long one takes and how it ends. */
import { execOf } from "../../application/container-script.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { processTime } from "../probes/exec.ts";
import { hookDuration } from "./hook-duration.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";
import { REFUSAL } from "./virtual-probes.ts";

export interface PendingHook {
  readonly hook: "postStart" | "preStop";
  readonly generation: number;
  readonly succeeded: boolean;
  /** A sleep goes on without the container; everything else ends with it. */
  readonly survivesExit: boolean;
}

export class VirtualHooks {
  private readonly model: VirtualContext;
  private readonly pending = new Map<number, PendingHook>();

  constructor(model: VirtualContext) {
    this.model = model;
  }

  run(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    const definition = this.model.table.plan(row).containers[container]!;
    const handler = hook === "postStart" ? definition.postStart : definition.preStop;
    if (handler === null) return;
    const { now } = this.model.simulator;
    const { script } = this.model.modelsOf(row)[container]!.behaviour;
    if (script !== undefined && handler.type === "exec" && this.model.isAlive(row, container)) {
      const { result, duration } = execOf(script, handler.command, now - this.model.startedAt(row, container), generation);
      return this.begin(row, container, { hook, generation, succeeded: result === 0, survivesExit: false }, duration);
    }
    const survivesExit = handler.type === "sleep";
    const answers = handler.type === "exec" || survivesExit || now >= this.model.listensAt(row, container);
    const succeeded = survivesExit || (this.model.isAlive(row, container) && answers);
    const kind = this.model.kind(row, container, ContainerTimer.hook);
    this.pending.set(this.model.slot(row, kind), { hook, generation, succeeded, survivesExit });
    const known = hookDuration(handler);
    const drawn = handler.type === "exec" ? processTime : this.model.modelsOf(row)[container]!.behaviour.probeTime;
    const duration = known ?? this.model.drawDuration(drawn, row, container, hook, generation);
    this.model.arm(row, kind, succeeded ? duration : REFUSAL);
  }

  private begin(row: number, container: number, hook: PendingHook, duration: Duration): void {
    const kind = this.model.kind(row, container, ContainerTimer.hook);
    this.pending.set(this.model.slot(row, kind), hook);
    this.model.arm(row, kind, duration);
  }

  done(now: VirtualTime, row: number, container: number): void {
    const slot = this.model.slot(row, this.model.kind(row, container, ContainerTimer.hook));
    const hook = this.pending.get(slot);
    if (hook === undefined) return;
    this.pending.delete(slot);
    this.model.kubelet.input(now, {
      kind: "hookFinished",
      row,
      container,
      generation: hook.generation,
      hook: hook.hook,
      succeeded: hook.succeeded,
    });
  }

  /** The process is gone. Returns the hook that died with it. */
  die(row: number, container: number): PendingHook | null {
    const kind = this.model.kind(row, container, ContainerTimer.hook);
    const hook = this.pending.get(this.model.slot(row, kind));
    if (hook === undefined || hook.survivesExit) return null;
    this.pending.delete(this.model.slot(row, kind));
    this.model.kubelet.cancelPortTimer(row, kind);
    return hook;
  }
}
