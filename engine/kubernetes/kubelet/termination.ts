/**
 * Ending containers and whole Pods (pod_workers.go SyncTerminatingPod, SyncTerminatedPod; kuberuntime
 * `killContainersWithSyncResult`): all running containers at once, sidecars in their turn, then the sandbox,
 * the final status, the clean-up; the status manager then has the object removed.
 *
 *   worker idle, cache fresh ─▶ killing ─all stopped─▶ stopping (sandbox) ─▶ cleaning ─▶ finished
 *
 * A grace once begun isn't shortened by a later DELETE (upstream's SyncTerminatingPod runs on a fresh context).
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { chargePhase, graceOnNode, newKill, stopTimeout, type ContainerKill } from "./container-kill.ts";
import { runsPreStop } from "./hooks.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, type PodDetail } from "./pod-detail.ts";
import { PodFlag } from "./tables.ts";
import { ContainerTimer, PodTimer } from "./timers.ts";

export class Termination {
  private readonly node: NodeContext;

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** The Pod worker is idle and the Pod is to end. */
  begin(now: VirtualTime, row: number): void {
    const { table, prober, worker } = this.node;
    const detail = detailOf(table, row);
    detail.termination = "killing";
    this.node.cancel(row, PodTimer.sync);
    worker.publishStatus(now, row, detail, false);
    prober.stopLivenessAndStartup(row);
    const plan = table.plan(row);
    const grace = detail.grace === -1 ? plan.template.spec.terminationGracePeriodSeconds : detail.grace;
    // All kills are known before the first begins: a sidecar's turn depends on the others.
    for (const container of detail.containers) {
      container.kill =
        container.seen.newest?.isRunning === true
          ? newKill(container.truth.newest!.generation, graceOnNode(grace, this.node.settings.forceGrace), now, detail.terminationCause)
          : null;
    }
    // Where nothing runs, the end of the Pod has no other row to lead back to its deletion.
    if (detail.containers.every((container) => container.kill === null)) table.setCause(row, detail.terminationCause);
    this.node.causes.current = detail.terminationCause;
    detail.containers.forEach((container, index) => {
      if (container.kill !== null) this.run(now, row, index, container.kill);
    });
    this.advance(now, row, detail);
  }

  /** Ends one container within a sync, which is told by `containerStopped`. */
  kill(now: VirtualTime, row: number, container: number, graceSeconds: number): void {
    const target = detailOf(this.node.table, row).containers[container]!;
    target.kill = newKill(target.truth.newest!.generation, graceSeconds, now, this.node.causes.current);
    this.run(now, row, container, target.kill);
  }

  private run(now: VirtualTime, row: number, container: number, kill: ContainerKill): void {
    const { table, port } = this.node;
    if (!runsPreStop(table.plan(row).containers[container]!, kill.grace)) return this.waitForTurn(now, row, container, kill);
    kill.phase = "preStop";
    this.armKill(row, container, now + kill.grace * SECOND);
    port.runHook(row, container, kill.generation, "preStop");
  }

  hookFinished(now: VirtualTime, row: number, container: number, generation: number): void {
    const kill = this.killOf(row, container);
    if (kill === null || kill.phase !== "preStop" || kill.generation !== generation) return;
    chargePhase(kill, now);
    this.waitForTurn(now, row, container, kill);
  }

  /** The phase's time is up. */
  onTimer(now: VirtualTime, row: number, container: number): void {
    const kill = this.killOf(row, container);
    if (kill === null) return;
    const { port } = this.node;
    switch (kill.phase) {
      case "preStop":
        chargePhase(kill, now);
        return this.waitForTurn(now, row, container, kill);
      case "turn":
        chargePhase(kill, now);
        return this.stop(now, row, container, kill);
      case "stopping":
        kill.wasKilled = true;
        this.node.note(row, CauseKind.killedAtGraceEnd, now, container, kill.cause);
        return port.signalContainer(row, container, kill.generation, "KILL");
      case "done":
        return;
    }
  }

  /** The runtime reported the end of an instance. */
  exited(now: VirtualTime, row: number, container: number, generation: number): void {
    const kill = this.killOf(row, container);
    // While the hook runs or the turn is awaited, nobody looks at the container.
    if (kill === null || kill.generation !== generation || kill.phase !== "stopping") return;
    this.finish(now, row, container, kill);
  }

  sandboxStopped(now: VirtualTime, row: number): void {
    const { table, prober, settings, worker } = this.node;
    const detail = detailOf(table, row);
    if (detail.termination !== "stopping") return;
    detail.termination = "cleaning";
    // The final status is taken from the runtime itself, not from the cache.
    for (const container of detail.containers) container.seen = container.truth;
    detail.sandboxSeen = detail.sandbox;
    prober.removePod(row);
    worker.publishStatus(now, row, detail, true);
    this.node.arm(row, PodTimer.cleanup, now + Math.max(1, settings.podCleanup));
  }

  cleanedUp(now: VirtualTime, row: number): void {
    const { table, status, worker } = this.node;
    table.setFlag(row, PodFlag.finished);
    if (table.has(row, PodFlag.removed)) return worker.forget(row);
    status.terminated(now, row);
  }

  private waitForTurn(now: VirtualTime, row: number, container: number, kill: ContainerKill): void {
    const { table } = this.node;
    kill.phase = "turn";
    kill.phaseBegan = now;
    const detail = detailOf(table, row);
    if (kill.grace > 0 && detail.termination === "killing" && this.isBehind(row, container, detail)) {
      return this.armKill(row, container, now + kill.grace * SECOND);
    }
    this.stop(now, row, container, kill);
  }

  /** A sidecar stops after all regular containers and the sidecars declared after it (kuberuntime_termination_order.go). */
  private isBehind(row: number, container: number, detail: PodDetail): boolean {
    const plan = this.node.table.plan(row);
    if (!plan.isSidecar[container]!) return false;
    return detail.containers.some((other, index) => index > container && other.kill !== null && other.kill.phase !== "done");
  }

  private stop(now: VirtualTime, row: number, container: number, kill: ContainerKill): void {
    const { table, port, settings } = this.node;
    kill.phase = "stopping";
    kill.phaseBegan = now;
    const newest = detailOf(table, row).containers[container]!.truth.newest!;
    if (!newest.isRunning || newest.generation !== kill.generation) return this.finish(now, row, container, kill);
    kill.cause = this.node.note(row, CauseKind.signalled, now, container, kill.cause);
    port.signalContainer(row, container, kill.generation, "TERM");
    this.armKill(row, container, now + Math.max(1, stopTimeout(kill, settings.minimumGrace)));
  }

  private finish(now: VirtualTime, row: number, container: number, kill: ContainerKill): void {
    const { table, lifecycle } = this.node;
    const detail = detailOf(table, row);
    kill.phase = "done";
    this.node.cancel(row, this.node.containerKind(row, container, ContainerTimer.kill));
    if (detail.termination !== "killing") {
      detail.containers[container]!.kill = null;
      return lifecycle.containerStopped(now, row, container);
    }
    detail.containers.forEach((other, index) => {
      const waiting = other.kill;
      if (waiting === null || waiting.phase !== "turn" || this.isBehind(row, index, detail)) return;
      chargePhase(waiting, now);
      this.stop(now, row, index, waiting);
    });
    this.advance(now, row, detail);
  }

  private advance(now: VirtualTime, row: number, detail: PodDetail): void {
    if (
      detail.termination !== "killing" ||
      detail.containers.some((container) => container.kill !== null && container.kill.phase !== "done")
    )
      return;
    for (const container of detail.containers) container.kill = null;
    detail.termination = "stopping";
    if (detail.sandbox?.isReady === true) return this.node.port.stopSandbox(row);
    this.sandboxStopped(now, row);
  }

  private killOf(row: number, container: number): ContainerKill | null {
    return this.node.table.details.get(row)?.containers[container]?.kill ?? null;
  }

  private armKill(row: number, container: number, at: VirtualTime): void {
    this.node.arm(row, this.node.containerKind(row, container, ContainerTimer.kill), at);
  }
}
