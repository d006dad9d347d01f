/** Deletes ended Jobs ttlSecondsAfterFinished after their end, with all that belongs to them. Source: pkg/controller/ttlafterfinished. */
import { SECOND } from "../../kernel/time.ts";
import type { CacheListener, Client, InformerCache, ObjectRecord } from "../api-server/client.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { finalCondition } from "./job-plan.ts";

export class JobExpiryController implements Controller, CacheListener {
  readonly name = "ttl-after-finished";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;

  constructor(client: Client, cache: InformerCache) {
    this.client = client;
    this.cache = cache;
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  objectChanged(_before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    if (after?.kind !== "Job" || after.deletionTimestamp >= 0 || !this.client.host.versions.jobExpires) return;
    const { ttlSecondsAfterFinished: ttl } = after.spec;
    const end = finalCondition(after.status);
    if (ttl !== null && end !== undefined) this.runner.queue.addAfter(after.id, (end.lastTransitionTime + ttl) * SECOND - this.client.now);
  }

  *sync(id: number): Sync {
    const job = this.cache.object("Job", id);
    if (job === undefined || job.deletionTimestamp >= 0) return "done";
    const live = yield* call({ kind: "getObject", object: id });
    if (live.object !== undefined) yield* call({ kind: "deleteObject", object: id, propagation: "foreground" });
    return "done";
  }
}
