/**
 * The containers of a Pod through one sync (kuberuntime_manager.go `SyncPod`, `startContainer`, `doBackOff`):
 * the steps that pod-actions.ts decided, one after another, each waiting for its answer.
 *
 *   killPod | restartAll ─▶ kill, one by one ─▶ sandbox ─▶ start, one by one ─▶ end of the sync
 *
 *   start:  back-off? ─wait─▶ CrashLoopBackOff, next step
 *              └─go─▶ image ─▶ starting ─started─▶ postStart ─▶ next step
 */
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE } from "../../kernel/causes.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { formatGoDuration } from "../../values/go-duration.ts";
import { POD_HERE, type Probe, type WaitingState } from "../objects/pod.ts";
import { advanced, collected, crashBackOffRule, waitUntil, type BackOffRule } from "./back-off.ts";
import { hookFailure, recordBackOff, recordFailure } from "./container-events.ts";
import { hasPostStart } from "./hooks.ts";
import type { NodeContext } from "./node-context.ts";
import { addEphemeral, detailOf, newSyncRun, nextGeneration, type ContainerDetail, type PodDetail, type SyncRun } from "./pod-detail.ts";
import { podActions, type ContainerView, type PodActions, type PodView } from "./pod-actions.ts";
import { containerAt } from "./pod-plan.ts";
import { ProbeRole } from "./ports.ts";
import { noInstances, type Instance, type Instances } from "./pod-status.ts";
import { restartsAfterKill } from "./restart-rules.ts";
import { Verdict } from "./tables.ts";
import { VolumeMounts, notFoundText } from "./volume-mounts.ts";

export class ContainerLifecycle {
  private readonly node: NodeContext;
  private readonly rule: BackOffRule;
  private readonly mounts: VolumeMounts;

  constructor(node: NodeContext) {
    this.node = node;
    this.rule = crashBackOffRule(node.settings, node.version);
    this.mounts = new VolumeMounts(node, (now, row) => this.begin(now, row));
  }

  /** Works out what this sync does, and begins: once all volumes are mounted. */
  begin(now: VirtualTime, row: number): void {
    if (this.mounts.holdsUp(now, row)) return;
    const detail = detailOf(this.node.table, row);
    const actions = podActions(this.view(row, detail), this.node.version);
    detail.sync = newSyncRun(
      stepsOf(actions, this.node.table.plan(row).containers.length),
      detail.containers.map((container) => container.seen),
    );
    if (actions.createSandbox) this.dropOldInitContainers(row, detail);
    if (actions.createSandbox && actions.attempt > 0)
      this.node.record(now, row, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
    if (!actions.killPod) this.pruneInitContainers(row, detail);
    this.advance(now, row);
  }

  mountDue(now: VirtualTime, row: number): void {
    this.mounts.onTimer(now, row);
  }

  /** The Pod is to end. */
  ends(now: VirtualTime, row: number): void {
    this.mounts.ends(now, row);
  }

  /** The Pod's object has another template: images of its containers, or an ephemeral container more. */
  templateChanged(now: VirtualTime, row: number, record: PodRecord): void {
    const { table, worker, observer, status } = this.node;
    const detail = detailOf(table, row);
    const { containers: before, template } = table.plan(row);
    table.setTemplate(row, record.template);
    const plan = table.plan(row);
    status.followTemplate(row, template.spec, plan.template.spec);
    plan.containers.forEach(({ image }, container) => {
      if (image === before[container]!.image) return;
      const target = detail.containers[container]!;
      // The image is part of both back-offs' keys in every release.
      target.backOff = null;
      target.imageBackOff = null;
      target.pullError = "";
      target.isOutdated = target.truth.newest?.isRunning === true;
      observer?.backOffForgotten(record.id, container);
    });
    addEphemeral(detail, plan);
    // Changed and deleted at once (a kubelet that comes back): it is ended, not synced.
    if (record.deletionTimestamp === -1) worker.requestSync(now, row);
  }

  /** A container that this sync kills has ended. */
  containerStopped(now: VirtualTime, row: number, container: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || step === undefined) return;
    if (sync.stage === "hookFailed" && step.type === "start" && step.container === container) return this.next(now, row, sync);
    if (step.type === "kill" && step.container === container) return this.next(now, row, sync);
    if (sync.stage !== "killing") return;
    if (step.type === "killPod") this.stopSandboxWhenEmpty(now, row, sync);
    else if (step.type === "restartAll") this.removeAllWhenEmpty(now, row, sync);
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
    if (!succeeded)
      this.fail(now, row, container, sync, {
        type: "waiting",
        reason: "ErrImagePull",
        message: this.node.images.pullError(row, container),
      });
    else if (this.startInstance(now, row, container, sync)) this.next(now, row, sync);
  }

  /** The runtime reported a start (already recorded). */
  started(now: VirtualTime, row: number, container: number, generation: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "starting" || step?.type !== "start" || step.container !== container) return;
    const { table, port } = this.node;
    if (!hasPostStart(containerAt(table.plan(row), container))) return this.startSucceeded(now, row, container, sync);
    sync.stage = "hook";
    port.runHook(row, container, generation, "postStart");
  }

  /** The runtime reported an end while the start was awaited: the container never ran. */
  endedAtStart(now: VirtualTime, row: number, container: number): void {
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "starting" || step?.type !== "start" || step.container !== container) return;
    const message = `failed to start container "${containerAt(this.node.table.plan(row), container).name}"`;
    this.fail(now, row, container, sync, { type: "waiting", reason: "RunContainerError", message }, message);
  }

  /** `error` is the runtime's text of a failure. */
  postStartFinished(now: VirtualTime, row: number, container: number, succeeded: boolean, error: string): void {
    const { table, termination, version } = this.node;
    const sync = this.syncOf(row);
    const step = sync?.steps[sync.position];
    if (sync === null || sync.stage !== "hook" || step?.type !== "start" || step.container !== container) return;
    if (succeeded) return this.startSucceeded(now, row, container, sync);
    const detail = detailOf(table, row).containers[container]!;
    const reason = version.hookErrorsInFull ? (`PostStartHookError: ${error}` as const) : "PostStartHookError";
    const { name, postStart } = containerAt(table.plan(row), container);
    detail.startError = {
      type: "waiting",
      reason,
      ...(postStart === null ? {} : { message: hookFailure(postStart, name, POD_HERE, error) }),
    };
    sync.hasFailed = true;
    sync.stage = "hookFailed";
    // What ended with its container has that end to blame.
    const because = detail.truth.newest?.isRunning === true ? NO_CAUSE : this.node.causes.current;
    this.node.note(row, CauseKind.postStartFailed, now, container, because);
    termination.kill(now, row, container, table.plan(row).template.spec.terminationGracePeriodSeconds, "FailedPostStartHook");
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
      case "restartAll":
        return this.restartAll(now, row, sync, detail);
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

  /** RestartAllContainers: everything is ended at once and removed from the runtime; the next sync begins with the first container. */
  private restartAll(now: VirtualTime, row: number, sync: SyncRun, detail: PodDetail): boolean {
    sync.hasActed = true;
    sync.stage = "killing";
    const because = this.node.causes.current;
    detail.containers.forEach(({ truth }, container) => {
      if (truth.newest?.isRunning !== true) return;
      this.node.causes.current = because;
      this.node.termination.kill(now, row, container, 0);
    });
    if (detail.containers.every((container) => container.kill === null)) this.removeAllWhenEmpty(now, row, sync);
    return false;
  }

  private removeAllWhenEmpty(now: VirtualTime, row: number, sync: SyncRun): void {
    const { table, pleg } = this.node;
    const detail = detailOf(table, row);
    if (detail.containers.some((container) => container.kill !== null)) return;
    detail.containers.slice(0, table.plan(row).containers.length).forEach((container) => {
      container.removed = container.truth.newest?.generation ?? container.removed;
      container.truth = noInstances;
      container.startError = { type: "waiting", reason: "RestartingAllContainers" };
      container.isOutdated = false;
    });
    pleg.markDirty(now, row, detail);
    this.next(now, row, sync);
  }

  private kill(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: PodDetail): boolean {
    const { table, termination } = this.node;
    const target = detail.containers[container]!;
    if (target.truth.newest?.isRunning !== true) return true;
    const message = this.killMessage(row, container, target);
    const probe = this.noteProbeKill(now, row, container, sync, detail);
    sync.hasActed = true;
    sync.stage = "killing";
    termination.kill(
      now,
      row,
      container,
      probe?.terminationGracePeriodSeconds ?? table.plan(row).template.spec.terminationGracePeriodSeconds,
      message,
    );
    return false;
  }

  /** What computePodActions says of the kill. */
  private killMessage(row: number, container: number, target: ContainerDetail): string {
    if (this.node.events === null) return "";
    const plan = this.node.table.plan(row);
    const definition = plan.containers[container]!;
    const role = target.isOutdated ? null : this.failedRole(row, container, target.truth.newest!.generation);
    const why = role === null ? "definition changed" : `failed ${role === ProbeRole.startup ? "startup" : "liveness"} probe`;
    if (container < plan.initCount) return `Init container ${definition.name} ${why}`;
    const again = role === null || restartsAfterKill(plan.template.spec.restartPolicy, definition);
    return `Container ${definition.name} ${why}${again ? ", will be restarted" : ""}`;
  }

  /** The probe because of which the container is killed; null: another reason. */
  private noteProbeKill(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: PodDetail): Probe | null {
    const target = detail.containers[container]!;
    const role = target.isOutdated ? null : this.failedRole(row, container, target.truth.newest!.generation);
    if (role === null) return null;
    sync.killedByProbe.add(container);
    this.node.watch?.probeKill(now, row, container, role, target.truth.newest!.generation);
    this.node.note(row, CauseKind.probeKill, now, container, target.failCause);
    const { livenessProbe, startupProbe } = this.node.table.plan(row).containers[container]!;
    return role === ProbeRole.startup ? startupProbe : livenessProbe;
  }

  private start(now: VirtualTime, row: number, container: number, sync: SyncRun, detail: ContainerDetail): boolean {
    // Started meanwhile on behalf of a kubelet that is gone: the runtime has that name already, and refuses.
    if (detail.truth.newest?.isRunning === true) {
      sync.hasFailed = true;
      return true;
    }
    const until = this.backOffUntil(now, container, sync, detail);
    if (now < until) {
      const pod = this.node.table.records[row]!.id;
      this.node.observer?.containerWaits?.(pod, container, now, lastExited(sync, container)!.finishedAt);
      recordBackOff(this.node, now, row, container);
      const { name } = containerAt(this.node.table.plan(row), container);
      const delay = formatGoDuration(detail.backOff!.delay);
      const message = `back-off ${delay} restarting failed container=${name} pod=${POD_HERE}`;
      return this.failed(container, row, sync, detail, { type: "waiting", reason: "CrashLoopBackOff", message }, until);
    }
    this.takeBackOff(now, row, container, sync, detail, until === -Infinity ? 0 : detail.backOff!.delay);
    const image = this.node.images.decide(now, row, container);
    switch (image.type) {
      case "failed":
        recordFailure(this.node, now, row, container, image.reason);
        return this.failed(container, row, sync, detail, this.node.images.explained(row, container, image.reason), image.until);
      case "pull":
        sync.stage = "pulling";
        this.node.images.pull(now, row, container);
        return false;
      case "ready":
        return this.startInstance(now, row, container, sync);
    }
  }

  /** True: what it is configured by isn't there (generateContainerConfig), and the sync goes on without it. */
  private startInstance(now: VirtualTime, row: number, container: number, sync: SyncRun): boolean {
    const detail = detailOf(this.node.table, row).containers[container]!;
    const missing = this.node.port.missingConfig?.(now, row, container) ?? null;
    if (missing !== null && missing.volume === null) {
      const message = notFoundText(missing);
      recordFailure(this.node, now, row, container, message);
      return this.failed(container, row, sync, detail, { type: "waiting", reason: "CreateContainerConfigError", message }, Infinity);
    }
    sync.hasActed = true;
    sync.stage = "starting";
    this.node.port.startContainer(row, container, nextGeneration(detail));
    return false;
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

  /** `error` is the Event's, if it isn't the reason. */
  private fail(now: VirtualTime, row: number, container: number, sync: SyncRun, state: WaitingState, error: string = state.reason): void {
    recordFailure(this.node, now, row, container, error);
    this.failed(container, row, sync, detailOf(this.node.table, row).containers[container]!, state, Infinity);
    this.next(now, row, sync);
  }

  /** Records a failed start; true, so that the sync goes on. A failed regular init container stops it. */
  private failed(container: number, row: number, sync: SyncRun, detail: ContainerDetail, state: WaitingState, until: VirtualTime): boolean {
    const plan = this.node.table.plan(row);
    detail.startError = state;
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
      if (target.truth.newest?.isRunning === true) continue;
      // The restart count goes on: the status of before knows it (startContainer).
      target.removed = target.truth.newest?.generation ?? target.removed;
      target.truth = noInstances;
      target.seen = noInstances;
    }
  }

  /** Of an init container the runtime keeps the latest end alone (`pruneInitContainersBeforeStart`); the status shows it one sync later. */
  private pruneInitContainers(row: number, detail: PodDetail): void {
    for (let container = 0; container < this.node.table.plan(row).initCount; container++) {
      const target = detail.containers[container]!;
      const { newest, before } = target.truth;
      if (newest !== null && !newest.isRunning && before !== null) target.truth = { newest, before: null };
    }
  }

  /** The Pod as this sync sees it. */
  private view(row: number, detail: PodDetail): PodView {
    const { table, prober } = this.node;
    const plan = table.plan(row);
    const containers = plan.containers.map((terms, container): ContainerView => {
      const { seen, isOutdated: specChanged } = detail.containers[container]!;
      const { newest } = seen;
      const hasStartupProbe = plan.probeOf[container * 3 + ProbeRole.startup] !== -1;
      if (newest === null) return { state: "none", exitCode: 0, liveness: 0, startup: 0, hasStartupProbe, specChanged, terms };
      const { generation, exitCode } = newest;
      const liveness = prober.verdict(row, container, ProbeRole.liveness, generation);
      const startup = prober.verdict(row, container, ProbeRole.startup, generation);
      return { state: stateOf(seen), exitCode, liveness, startup, hasStartupProbe, specChanged, terms };
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
      ephemeral: detail.containers.slice(plan.containers.length).map(({ seen }) => stateOf(seen)),
    };
  }

  /** Whose verdict asks for the kill: liveness is looked at first, as computePodActions does. */
  private failedRole(row: number, container: number, generation: number): ProbeRole | null {
    const { prober, table } = this.node;
    if (container >= table.plan(row).containers.length) return null;
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

function stateOf({ newest }: Instances): "none" | "running" | "exited" {
  if (newest === null) return "none";
  return newest.isRunning ? "running" : "exited";
}

/** `ephemeral` is the index of the first ephemeral container. */
function stepsOf(actions: PodActions, ephemeral: number): SyncRun["steps"] {
  const steps: SyncRun["steps"][number][] = [];
  if (actions.restartAll) steps.push({ type: "restartAll" });
  if (actions.killPod) steps.push({ type: "killPod" });
  for (const container of actions.kill) if (!actions.killPod) steps.push({ type: "kill", container });
  if (actions.createSandbox) steps.push({ type: "sandbox", attempt: actions.attempt });
  // Nothing can be started in the sandbox that was just stopped.
  if (!actions.killPod) for (const place of actions.startEphemeral) steps.push({ type: "start", container: ephemeral + place });
  for (const container of actions.start) steps.push({ type: "start", container });
  return steps;
}
