/**
 * The CronJob controller: makes a Job at each time of the schedule, of missed ones only the latest.
 * Differs: CronJob schedules in UTC. Source: pkg/controller/cronjob/cronjob_controllerv2.go.
 *
 *   idle ──time + 100 ms──▶ too late? prior one running? ──▶ Job created ──▶ idle
 */
import { SECOND, wholeSeconds } from "../../kernel/time.ts";
import { EPOCH_SECONDS, timestamp } from "../../values/calendar.ts";
import { ofKind, type ApiRequest, type CacheListener, type Client, type InformerCache, type ObjectRecord } from "../api-server/client.ts";
import type { CronJobStatus } from "../objects/cron-job.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { missedTimes, nextTime, parseSchedule, type CronSchedule } from "./cron-schedule.ts";
import { finalCondition } from "./job-plan.ts";
import { PodControl } from "./pod-control.ts";

type CronJobRecord = ObjectRecord<"CronJob">;
type JobRecord = ObjectRecord<"Job">;

/** More missed times than this are worth a warning. Source: cronjob/utils.go. */
const MISSED_MAX = 100;

export class CronJobController implements Controller, CacheListener {
  readonly name = "cronjob";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly events: PodControl;
  private readonly schedules = new Map<string, CronSchedule | null>();
  /** Jobs that the cache has brought. */
  private readonly wasSeen = new Set<number>();

  constructor(client: Client, cache: InformerCache) {
    this.client = client;
    this.cache = cache;
    this.events = new PodControl(client, "cronjob-controller");
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const record = after ?? before;
    if (record?.kind === "CronJob") this.runner.queue.add(record.id);
    if (record?.kind !== "Job") return;
    const owner = record.ownerReferences.find(({ isController }) => isController);
    if (owner?.kind === "CronJob") this.runner.queue.add(owner.id);
  }

  *sync(id: number): Sync {
    const cron = this.cache.object("CronJob", id);
    if (cron === undefined) return "done";
    const jobs = this.jobsOf(cron);
    let status = this.withEnded(cron, jobs);
    yield* this.cleanUp(cron, jobs);
    if (cron.deletionTimestamp < 0 && !cron.spec.suspend) status = yield* this.start(cron, jobs, status);
    if (isSame(status, cron.status)) return "done";
    const response = yield* call({ kind: "updateObjectStatus", object: id, resourceVersion: cron.resourceVersion, status });
    return response.status === "conflict" ? "retry" : "done";
  }

  /** Makes the Job of the latest time that has come, if it may, and looks again at the next. */
  private *start(cron: CronJobRecord, jobs: readonly JobRecord[], status: CronJobStatus): Sync<CronJobStatus> {
    const { namespace, name, spec } = cron;
    const schedule = this.scheduleOf(spec.schedule);
    if (schedule === null) {
      this.events.record(cron, "Warning", "UnparseableSchedule", () => `unparseable schedule for cronjob: ${spec.schedule}`);
      return status;
    }
    const { now, host } = this.client;
    const nowSeconds = wholeSeconds(now);
    const next = nextTime(schedule, nowSeconds);
    if (next < Infinity) this.runner.queue.addAfter(cron.id, next * SECOND - now + host.settings.cronDelta);
    const since = Math.max(
      status.lastScheduleTime === -1 ? cron.createdAt : status.lastScheduleTime,
      spec.startingDeadlineSeconds === null ? -1 : nowSeconds - spec.startingDeadlineSeconds - 1,
    );
    const { latest, count } = missedTimes(schedule, since, nowSeconds, MISSED_MAX + 1);
    if (latest === -1) return status;
    if (count > MISSED_MAX)
      this.events.record(
        cron,
        "Warning",
        "TooManyMissedTimes",
        () => "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
    if (spec.startingDeadlineSeconds !== null && latest + spec.startingDeadlineSeconds < nowSeconds) {
      this.events.record(cron, "Warning", "MissSchedule", () => `Missed scheduled time to start a job: ${timestamp(latest)}`);
      return status;
    }
    const jobName = `${name}-${Math.floor((EPOCH_SECONDS + latest) / 60)}`;
    if (jobs.some((job) => job.name === jobName) || latest === status.lastScheduleTime) return status;
    const running = jobs.filter((job) => status.active.includes(job.id));
    if (running.length > 0 && spec.concurrencyPolicy === "Forbid") {
      this.events.record(
        cron,
        "Normal",
        "JobAlreadyActive",
        () => "Not starting job because prior execution is running and concurrency policy is Forbid",
      );
      return status;
    }
    if (running.length > 0 && spec.concurrencyPolicy === "Replace") {
      yield running.map(({ id }): ApiRequest => ({ kind: "deleteObject", object: id }));
      for (const job of running) this.events.record(cron, "Normal", "SuccessfulDelete", () => `Deleted job ${job.name}`);
    }
    const kept = spec.concurrencyPolicy === "Replace" ? [] : status.active;
    const response = yield* call({
      kind: "createObject",
      object: {
        kind: "Job",
        namespace,
        name: jobName,
        spec: spec.job,
        workload: cron.workload,
        ownerReferences: [{ kind: "CronJob", id: cron.id, isController: true, blocksDeletion: true }],
      },
    });
    const { status: outcome, message = outcome } = response;
    const object = outcome === "alreadyExists" ? yield* this.ownJob(cron, jobName) : response.object;
    if (object === undefined) {
      // Somebody else's, or a namespace that goes away: nothing is said of it.
      if (outcome === "alreadyExists" || response.isNamespaceTerminating === true) return { ...status, active: kept };
      this.events.record(cron, "Warning", "FailedCreate", () => `Error creating job: ${message}`);
      return { ...status, active: kept };
    }
    if (outcome === "ok") this.events.record(cron, "Normal", "SuccessfulCreate", () => `Created job ${jobName}`);
    return { ...status, active: [...kept, object.id], lastScheduleTime: latest };
  }

  /** One that it made without being able to note it. Source: cronjob_controllerv2.go syncCronJob, IsAlreadyExists. */
  private *ownJob({ id, namespace }: CronJobRecord, name: string): Sync<ObjectRecord | undefined> {
    const { object } = yield* call({ kind: "find", type: "Job", namespace, name });
    return object?.ownerReferences.some((owner) => owner.id === id && owner.isController) === true ? object : undefined;
  }

  /** The status without the Jobs that have ended or gone. */
  private withEnded(cron: CronJobRecord, jobs: readonly JobRecord[]): CronJobStatus {
    let { active, lastSuccessfulTime } = cron.status;
    for (const job of jobs) {
      const end = finalCondition(job.status);
      if (end === undefined) continue;
      if (active.includes(job.id)) {
        active = active.filter((id) => id !== job.id);
        this.events.record(cron, "Normal", "SawCompletedJob", () => `Saw completed job: ${job.name}, condition: ${end.type}`);
      }
      if (end.type === "Complete") lastSuccessfulTime = Math.max(lastSuccessfulTime, job.status.completionTime);
    }
    // A Job that it has just made may not have been seen yet.
    const gone = active.filter((id) => !jobs.some((job) => job.id === id) && cron.status.active.includes(id) && this.wasSeen.has(id));
    for (const job of jobs) this.wasSeen.add(job.id);
    for (const id of gone) this.wasSeen.delete(id);
    if (gone.length > 0) active = active.filter((id) => !gone.includes(id));
    return { ...cron.status, active, lastSuccessfulTime };
  }

  /** Ended Jobs beyond the history limits, the oldest first. */
  private *cleanUp(cron: CronJobRecord, jobs: readonly JobRecord[]): Sync<void> {
    const surplus = (type: "Complete" | "Failed", limit: number): JobRecord[] => {
      const ended = jobs.filter((job) => finalCondition(job.status)?.type === type && job.deletionTimestamp < 0);
      return ended.sort((a, b) => a.status.startTime - b.status.startTime || a.id - b.id).slice(0, Math.max(0, ended.length - limit));
    };
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cron.spec;
    const victims = [...surplus("Complete", successfulJobsHistoryLimit), ...surplus("Failed", failedJobsHistoryLimit)];
    if (victims.length === 0) return;
    yield victims.map(({ id }): ApiRequest => ({ kind: "deleteObject", object: id }));
    for (const job of victims) this.events.record(cron, "Normal", "SuccessfulDelete", () => `Deleted job ${job.name}`);
  }

  private jobsOf(cron: CronJobRecord): JobRecord[] {
    return this.cache
      .objectsOf(cron.id)
      .map((record) => ofKind(record, "Job"))
      .filter((job) => job !== undefined);
  }

  private scheduleOf(text: string): CronSchedule | null {
    let schedule = this.schedules.get(text);
    if (schedule === undefined) this.schedules.set(text, (schedule = parseSchedule(text)));
    return schedule;
  }
}

function isSame(a: CronJobStatus, b: CronJobStatus): boolean {
  return (
    a.lastScheduleTime === b.lastScheduleTime &&
    a.lastSuccessfulTime === b.lastSuccessfulTime &&
    a.active.length === b.active.length &&
    a.active.every((id, index) => id === b.active[index])
  );
}
