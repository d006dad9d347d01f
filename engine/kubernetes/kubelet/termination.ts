/**
 * Ending containers and whole Pods (pod_workers.go SyncTerminatingPod, SyncTerminatedPod; kuberuntime
 * `killContainersWithSyncResult`): all running containers at once, sidecars in their turn, then the sandbox,
 * the final status, the clean-up; the status manager then has the object removed.
 *
 *   worker idle, cache fresh ─▶ killing ─all stopped─▶ stopping (sandbox) ─▶ cleaning ─▶ finished
 *
 * Before 1.22 (one syncPod that also kills) the kubelet learns of the end by relists like of any other: the
 * first shows it and removes the containers, the second finds them gone and removes the sandbox, the third
 * finds that gone. A Pod deleted while no container runs never reaches a worker: housekeeping kills what is left.
 *
 *   worker idle, cache fresh ─▶ killing ─all stopped─▶ stopping ─▶ removing ─three relists─▶ finished
 *   none runs ─▶ leftover ─housekeeping─▶ killing ─▶ …
 *
 * A grace once begun isn't shortened by a later DELETE (upstream's SyncTerminatingPod runs on a fresh context).
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { chargePhase, graceOnNode, newKill, stopTimeout, type ContainerKill } from "./container-kill.ts";
import { recordKill } from "./container-events.ts";
import { abandonedStatus, finalStatus } from "./final-status.ts";
import { runsPreStop } from "./hooks.ts";
import { nextOnGrid, type NodeContext } from "./node-context.ts";
import { detailOf, type PodDetail } from "./pod-detail.ts";
import { containerAt } from "./pod-plan.ts";
import { PodFlag } from "./tables.ts";
import { ContainerTimer, PodTimer } from "./timers.ts";

/** Before 1.22: the end is seen and containers are removed; they are gone and the sandbox is removed; it is gone. */
const RELISTS_UNTIL_GONE = 3;

export class Termination {
  private readonly node: NodeContext;

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** The Pod worker is idle and the Pod is to end. `isPublished`: its status has just been worked out. */
  begin(now: VirtualTime, row: number, isPublished: boolean): void {
    const { table, prober, worker } = this.node;
    const detail = detailOf(table, row);
    detail.termination = "killing";
    this.node.cancel(row, PodTimer.sync);
    this.node.cancel(row, PodTimer.deadline);
    if (!isPublished) worker.publishStatus(now, row, detail, false);
    prober.stopLivenessAndStartup(row);
    const plan = table.plan(row);
    const grace = detail.grace === -1 ? plan.template.spec.terminationGracePeriodSeconds : detail.grace;
    this.killAll(now, row, detail, this.onNode(grace), true);
  }

  /** Kills what runs, all at once, and then the sandbox. Before 1.22 housekeeping does so without an Event. */
  private killAll(now: VirtualTime, row: number, detail: PodDetail, grace: number, isTold: boolean): void {
    const { table } = this.node;
    // All kills are known before the first begins: a sidecar's turn depends on the others.
    for (const container of detail.containers) {
      const runs = (isTold ? container.seen : container.truth).newest?.isRunning === true;
      container.kill = runs ? newKill(container.truth.newest!.generation, grace, now, detail.terminationCause, detail.override) : null;
    }
    // Where nothing runs, the end of the Pod has no other row to lead back to its deletion.
    if (detail.containers.every((container) => container.kill === null)) table.setCause(row, detail.terminationCause);
    this.node.causes.current = detail.terminationCause;
    detail.containers.forEach((container, index) => {
      if (container.kill === null) return;
      if (isTold) recordKill(this.node, now, row, index, "");
      this.run(now, row, index, container.kill);
    });
    this.advance(now, row, detail);
  }

  /** Before 1.22: deleted while none of its regular containers runs (kubelet.go `dispatchWork`, TerminatePod). */
  abandon(now: VirtualTime, row: number): void {
    const { table, status } = this.node;
    const detail = detailOf(table, row);
    detail.terminationCause = this.node.causes.current;
    table.setFlag(row, PodFlag.terminating | PodFlag.abandoned);
    detail.termination = "leftover";
    this.node.cancel(row, PodTimer.sync);
    this.node.cancel(row, PodTimer.deadline);
    status.force(now, row, abandonedStatus(table.statuses[row]!));
    this.armHousekeeping(now, row);
  }

  /** Before 1.22: the object went while its containers are being killed. That kills them once more, which only its Events show. */
  removedWhileKilling(now: VirtualTime, row: number): void {
    const detail = this.node.table.details.get(row);
    if (this.node.version.podWorkerStates || detail?.termination !== "killing") return;
    detail.containers.forEach(({ kill }, index) => {
      if (kill !== null && kill.phase !== "done") recordKill(this.node, now, row, index, "");
    });
  }

  /** Before 1.22: a relist after the Pod's end, which found so many deaths. */
  relisted(now: VirtualTime, row: number, detail: PodDetail, deaths: number): void {
    const { table, pleg, worker, status } = this.node;
    detail.relistsSinceEnd++;
    this.node.causes.current = table.cause(row);
    if (detail.relistsSinceEnd === 1 && !table.has(row, PodFlag.abandoned)) worker.publishEnd(now, row, detail, deaths);
    if (detail.relistsSinceEnd < RELISTS_UNTIL_GONE) return pleg.markDirty(now, row, detail);
    table.setFlag(row, PodFlag.finished);
    detail.termination = "cleaning";
    if (table.has(row, PodFlag.removed)) return worker.forget(row);
    status.reclaimed(now, row);
  }

  private onNode(graceSeconds: number): number {
    const { settings, version } = this.node;
    return version.forcedPodsGetGrace ? graceOnNode(graceSeconds, settings.forceGrace) : Math.max(0, graceSeconds);
  }

  private armHousekeeping(now: VirtualTime, row: number): void {
    const { startedAt, settings } = this.node;
    this.node.arm(row, PodTimer.cleanup, nextOnGrid(startedAt, settings.housekeepingPeriod, now));
  }

  /** Ends one container within a sync, which is told by `containerStopped`. `message` is the Event's, if there is more to say. */
  kill(now: VirtualTime, row: number, container: number, graceSeconds: number, message = ""): void {
    const target = detailOf(this.node.table, row).containers[container]!;
    target.kill = newKill(target.truth.newest!.generation, graceSeconds, now, this.node.causes.current);
    recordKill(this.node, now, row, container, message);
    this.run(now, row, container, target.kill);
  }

  private run(now: VirtualTime, row: number, container: number, kill: ContainerKill): void {
    const { table, port } = this.node;
    if (!runsPreStop(containerAt(table.plan(row), container), kill.grace)) return this.waitForTurn(now, row, container, kill);
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
      case "begin":
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
    const { table, prober, settings, worker, version, pleg, lifecycle } = this.node;
    const detail = detailOf(table, row);
    // A sync that began before the Pod was given up still stops its own sandbox.
    if (detail.termination === "leftover") return lifecycle.sandboxStopped(now, row);
    if (detail.termination !== "stopping") return;
    if (!version.podWorkerStates) {
      detail.termination = "removing";
      detail.relistsSinceEnd = 0;
      pleg.markDirty(now, row, detail);
      return this.node.onPodStopped?.(now, row);
    }
    detail.termination = "cleaning";
    // The final status is taken from the runtime itself, not from the cache.
    for (const container of detail.containers) container.seen = container.truth;
    detail.sandboxSeen = detail.sandbox;
    prober.removePod(row);
    worker.publishStatus(now, row, detail, true);
    this.node.arm(row, PodTimer.cleanup, now + Math.max(1, settings.podCleanup));
    this.node.onPodStopped?.(now, row);
  }

  cleanedUp(now: VirtualTime, row: number): void {
    const { table, status, worker, settings, version } = this.node;
    const detail = table.details.get(row);
    if (detail?.termination === "leftover") {
      // A pull or a hook under way is waited for.
      if (detail.sync !== null) return this.armHousekeeping(now, row);
      detail.termination = "killing";
      return this.killAll(now, row, detail, Math.floor(settings.orphanGrace / SECOND), false);
    }
    table.setFlag(row, PodFlag.finished);
    if (table.has(row, PodFlag.removed)) return worker.forget(row);
    const lastInitIsSidecar = table.plan(row).isSidecar[table.plan(row).initCount - 1] === true;
    status.force(now, row, finalStatus(table.statuses[row]!, lastInitIsSidecar, version.terminalPhaseFirst));
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
    const timeout = stopTimeout(kill, settings.minimumGrace);
    if (timeout === 0 && kill.override === 0) {
      kill.wasKilled = true;
      return port.signalContainer(row, container, kill.generation, "KILL");
    }
    port.signalContainer(row, container, kill.generation, "TERM");
    this.armKill(row, container, now + Math.max(1, timeout));
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
