/**
 * The containers of a Pod through one sync (kuberuntime_manager.go `SyncPod`, `startContainer`, `doBackOff`):
 * the steps that pod-actions.ts decided, one after another, each waiting for its answer.
 *
 *   killPod ─▶ kill, one by one ─▶ sandbox ─▶ start, one by one ─▶ end of the sync
 *
 *   start:  back-off? ─wait─▶ CrashLoopBackOff, next step
 *              └─go─▶ image ─▶ starting ─started─▶ postStart ─▶ next step
 */
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import type { Probe } from "../objects/pod.ts";
import { advanced, collected, waitUntil, type BackOffRule } from "./back-off.ts";
import { hasPostStart } from "./hooks.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, newSyncRun, type ContainerDetail, type PodDetail, type SyncRun } from "./pod-detail.ts";
import { podActions, type ContainerView, type PodActions, type PodView } from "./pod-actions.ts";
import { ProbeRole } from "./ports.ts";
import { noInstances, type Instance } from "./pod-status.ts";
import { Verdict } from "./tables.ts";

export class ContainerLifecycle {
  private readonly node: NodeContext;
  private readonly rule: BackOffRule;

  constructor(node: NodeContext) {
    this.node = node;
    const { crashBackoffInitial, crashBackoffMax, crashBackoffReset } = node.settings;
    this.rule = { initial: Math.min(crashBackoffInitial, crashBackoffMax), max: crashBackoffMax, reset: crashBackoffReset };
  }

  /** Works out what this sync does, and begins. */
  begin(now: VirtualTime, row: number): void {
    const detail = detailOf(this.node.table, row);
    const actions = podActions(this.view(row, detail));
    detail.sync = newSyncRun(
      stepsOf(actions),
      detail.containers.map((container) => container.seen),
    );
    if (actions.createSandbox) this.dropOldInitContainers(row, detail);
    this.advance(now, row);
  }

  /** A container that this sync kills has ended. */
  containerStopped(now: VirtualTime, row: number, container: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || step === undefined) return;
    if (sync.stage === "hookFailed" && step.type === "start" && step.container === container) return this.next(now, row, sync);
    if (step.type === "kill" && step.container === container) return this.next(now, row, sync);
    if (step.type === "killPod" && sync.stage === "killing") this.stopSandboxWhenEmpty(now, row, sync);
  }

  sandboxStopped(now: VirtualTime, row: number): void {
    const sync = this.syncOf(row);
    if (sync !== null && sync.stage === "stopping") this.next(now, row, sync);
  }

  sandboxReady(now: VirtualTime, row: number): void {
    const sync = this.syncOf(row);
    if (sync !== null && sync.stage === "creating") this.next(now, row, sync);
  }

  imageEnded(now: VirtualTime, row: number, container: number, succeeded: boolean): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "pulling" || step?.type !== "start" || step.container !== container) return;
    if (succeeded) return this.startInstance(row, container, sync);
    this.fail(now, row, container, sync, "ErrImagePull");
  }

  /** The runtime reported a start (already recorded). */
  started(now: VirtualTime, row: number, container: number, generation: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "starting" || step?.type !== "start" || step.container !== container) return;
    const { table, port } = this.node;
    if (!hasPostStart(table.plan(row).containers[container]!)) return this.startSucceeded(now, row, container, sync);
    sync.stage = "hook";
    port.runHook(row, container, generation, "postStart");
  }

  /** The runtime reported an end while the start was awaited: the container never ran. */
  endedAtStart(now: VirtualTime, row: number, container: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "starting" || step?.type !== "start" || step.container !== container) return;
    this.fail(now, row, container, sync, "RunContainerError");
  }

  postStartFinished(now: VirtualTime, row: number, container: number, succeeded: boolean): void {
    const { table, termination } = this.node;
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "hook" || step?.type !== "start" || step.container !== container) return;
    if (succeeded) return this.startSucceeded(now, row, container, sync);
    const detail = detailOf(table, row).containers[container]!;
    detail.startError = "PostStartHookError";
    sync.hasFailed = true;
    sync.stage = "hookFailed";
    termination.kill(now, row, container, table.plan(row).template.spec.terminationGracePeriodSeconds);
  }

  /** Steps until one has to wait, or to the end. */
  private advance(now: VirtualTime, row: number): void {
    for (;;) {
      const sync = this.syncOf(row);
      if (sync === null) return;
      if (sync.position >= sync.steps.length) return this.node.worker.syncEnded(now, row);
      if (!this.run(now, row, sync)) return;
      sync.position++;
      sync.stage = "begin";
    }
  }

  private next(now: VirtualTime, row: number, sync: SyncRun): void {
    sync.position++;
    sync.stage = "begin";
    this.advance(now, row);
  }

  /** Begins the step at `position`; true: it is done already. */
  private run(now: VirtualTime, row: number, sync: SyncRun): boolean {
    const step = sync.steps[sync.position]!;
    const detail = detailOf(this.node.table, row);
    switch (step.type) {
      case "killPod":
        return this.killPod(now, row, sync, detail);
      case "kill":
        return this.kill(now, row, step.container, sync, detail);
      case "sandbox":
        sync.hasActed = true;
        sync.stage = "creating";
        this.node.port.createSandbox(row);
        return false;
      case "start":
        return this.start(now, row, step.container, sync, detail.containers[step.container]!);
    }
  }

  private killPod(now: VirtualTime, row: number, sync: SyncRun, detail: PodDetail): boolean {
    const running = detail.containers
      .map((container, index) => ({ container, index }))
      .filter(({ container }) => container.truth.newest?.isRunning === true);
    if (running.length === 0 && detail.sandbox?.isReady !== true) return true;
    sync.hasActed = true;
    sync.stage = "killing";
    const grace = this.node.table.plan(row).template.spec.terminationGracePeriodSeconds;
    const because = this.node.causes.current;
    for (const { index } of running) {
      this.node.causes.current = because;
      this.noteProbeKill(now, row, index, sync, detail);
      this.node.termination.kill(now, row, index, grace);
    }
    if (running.length === 0) this.stopSandboxWhenEmpty(now, row, sync);
    return false;
  }

  private stopSandboxWhenEmpty(now: VirtualTime, row: number, sync: SyncRun): void {
    const detail = detailOf(this.node.table, row);
    if (detail.containers.some((container) => container.kill !== null)) return;
    if (detail.sandbox?.isReady !== true) return this.next(now, row, sync);
    sync.stage = "stopping";
    this.node.port.stopSandbox(row);
  }

  private kill(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: PodDetail): boolean {
    const { table, termination } = this.node;
    const target = detail.containers[container]!;
    if (target.truth.newest?.isRunning !== true) return true;
    const probe = this.noteProbeKill(now, row, container, sync, detail);
    sync.hasActed = true;
    sync.stage = "killing";
    termination.kill(
      now,
      row,
      container,
      probe?.terminationGracePeriodSeconds ?? table.plan(row).template.spec.terminationGracePeriodSeconds,
    );
    return false;
  }

  /** The probe because of which the container is killed; null: another reason. */
  private noteProbeKill(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: PodDetail): Probe | null {
    const target = detail.containers[container]!;
    const role = this.failedRole(row, container, target.truth.newest!.generation);
    if (role === null) return null;
    sync.killedByProbe.add(container);
    this.node.note(row, CauseKind.probeKill, now, container, target.failCause);
    const { livenessProbe, startupProbe } = this.node.table.plan(row).containers[container]!;
    return role === ProbeRole.startup ? startupProbe : livenessProbe;
  }

  private start(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: ContainerDetail): boolean {
    const until = this.backOffUntil(now, container, sync, detail);
    if (now < until) return this.failed(container, row, sync, detail, "CrashLoopBackOff", until);
    this.takeBackOff(now, row, container, sync, detail, until === -Infinity ? 0 : detail.backOff!.delay);
    const image = this.node.images.decide(now, row, container);
    switch (image.type) {
      case "failed":
        return this.failed(container, row, sync, detail, image.reason, image.until);
      case "pull":
        sync.stage = "pulling";
        this.node.images.pull(row, container);
        return false;
      case "ready":
        this.startInstance(row, container, sync);
        return false;
    }
  }

  private startInstance(row: number, container: number, sync: SyncRun): void {
    const detail = detailOf(this.node.table, row).containers[container]!;
    sync.hasActed = true;
    sync.stage = "starting";
    const generation = (detail.truth.newest?.generation ?? -1) + 1;
    this.node.port.startContainer(row, container, generation);
  }

  /** doBackOff says go: the entry moves on, whatever becomes of the start. */
  private takeBackOff(
    now: VirtualTime,
    row: number,
    container: number,
    sync: SyncRun,
    detail: ContainerDetail,
    requiredDelay: Duration,
  ): void {
    const lastExit = lastExited(sync, container)?.finishedAt ?? null;
    if (lastExit !== null) detail.backOff = advanced(detail.backOff, lastExit, now, this.rule);
    const pod = this.node.table.records[row]!.id;
    this.node.observer?.containerStarted({
      pod,
      container,
      at: now,
      lastExit,
      requiredDelay,
      wasProbeKilled: sync.killedByProbe.has(container),
    });
  }

  /** doBackOff: the end of the wait that the snapshot's newest exit asks for; -Infinity: none. */
  private backOffUntil(now: VirtualTime, container: number, sync: SyncRun, detail: ContainerDetail): VirtualTime {
    const last = lastExited(sync, container);
    if (last === null) return -Infinity;
    const { settings, startedAt } = this.node;
    detail.backOff = collected(detail.backOff, now, settings.crashBackoffGC, { anchor: startedAt, period: settings.housekeepingPeriod });
    return waitUntil(detail.backOff, last.finishedAt, this.rule);
  }

  private startSucceeded(now: VirtualTime, row: number, container: number, sync: SyncRun): void {
    detailOf(this.node.table, row).containers[container]!.startError = null;
    this.next(now, row, sync);
  }

  private fail(now: VirtualTime, row: number, container: number, sync: SyncRun, reason: NonNullable<ContainerDetail["startError"]>): void {
    this.failed(container, row, sync, detailOf(this.node.table, row).containers[container]!, reason, Infinity);
    this.next(now, row, sync);
  }

  /** Records a failed start; true, so that the sync goes on. A failed regular init container stops it. */
  private failed(
    container: number,
    row: number,
    sync: SyncRun,
    detail: ContainerDetail,
    reason: NonNullable<ContainerDetail["startError"]>,
    until: VirtualTime,
  ): boolean {
    const plan = this.node.table.plan(row);
    detail.startError = reason;
    sync.hasFailed = true;
    sync.backOffUntil = Math.min(sync.backOffUntil, until);
    if (container < plan.initCount && !plan.isSidecar[container]!) sync.position = sync.steps.length;
    return true;
  }

  /** A new sandbox starts the Pod over: the records of its init containers are removed. */
  private dropOldInitContainers(row: number, detail: PodDetail): void {
    const plan = this.node.table.plan(row);
    for (let container = 0; container < plan.initCount; container++) {
      const target = detail.containers[container]!;
      if (target.truth.newest?.isRunning === true || plan.isSidecar[container]!) continue;
      target.truth = noInstances;
      target.seen = noInstances;
    }
  }

  /** The Pod as this sync sees it. */
  private view(row: number, detail: PodDetail): PodView {
    const { table, prober } = this.node;
    const plan = table.plan(row);
    const containers = detail.containers.map(({ seen: { newest } }, container): ContainerView => {
      const hasStartupProbe = plan.probeOf[container * 3 + ProbeRole.startup] !== -1;
      if (newest === null) return { state: "none", exitCode: 0, liveness: 0, startup: 0, hasStartupProbe, specChanged: false };
      const { generation, isRunning, exitCode } = newest;
      const liveness = prober.verdict(row, container, ProbeRole.liveness, generation);
      const startup = prober.verdict(row, container, ProbeRole.startup, generation);
      return { state: isRunning ? "running" : "exited", exitCode, liveness, startup, hasStartupProbe, specChanged: false };
    });
    const sandbox =
      detail.sandboxSeen === null ? null : { isReady: detail.sandboxSeen.isReady, hasIp: true, attempt: detail.sandboxSeen.attempt };
    const isDeleting = table.records[row]!.deletionTimestamp !== -1;
    return {
      restartPolicy: plan.template.spec.restartPolicy,
      isDeleting,
      initCount: plan.initCount,
      isSidecar: plan.isSidecar,
      sandbox,
      containers,
    };
  }

  /** Whose verdict asks for the kill: liveness is looked at first, as computePodActions does. */
  private failedRole(row: number, container: number, generation: number): ProbeRole | null {
    const { prober } = this.node;
    if (prober.verdict(row, container, ProbeRole.liveness, generation) === Verdict.failure) return ProbeRole.liveness;
    return prober.verdict(row, container, ProbeRole.startup, generation) === Verdict.failure ? ProbeRole.startup : null;
  }

  private syncOf(row: number): SyncRun | null {
    return this.node.table.details.get(row)?.sync ?? null;
  }
}

/** The newest instance that had exited when the sync began. */
function lastExited(sync: SyncRun, container: number): Instance | null {
  const { newest, before } = sync.seen[container]!;
  return newest !== null && !newest.isRunning ? newest : before;
}

function stepsOf(actions: PodActions): SyncRun["steps"] {
  const steps: SyncRun["steps"][number][] = [];
  if (actions.killPod) steps.push({ type: "killPod" });
  for (const container of actions.kill) if (!actions.killPod) steps.push({ type: "kill", container });
  if (actions.createSandbox) steps.push({ type: "sandbox", attempt: actions.attempt });
  for (const container of actions.start) steps.push({ type: "start", container });
  return steps;
}
