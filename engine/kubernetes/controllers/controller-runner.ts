/** Runs one controller: its queue, its workers, its client. A worker is busy until its sync has ended. */
import type { CauseId } from "../../kernel/causes.ts";
import type { ApiResponse, Client } from "../api-server/client.ts";
import type { Controller, Sync, SyncOutcome } from "./controller.ts";
import { WorkQueue } from "./work-queue.ts";

/** Workers of most controllers. Source: kube-controller-manager --concurrent-*-syncs. */
export const DEFAULT_WORKERS = 5;

export class ControllerRunner {
  readonly queue: WorkQueue;
  private readonly controller: Controller;
  private readonly client: Client;
  /** A key that failed this often is dropped until its next change; Infinity: never. */
  private readonly maxRetries: number;
  private idle: number;

  constructor(controller: Controller, client: Client, workers: number, maxRetries: number, retryDelay?: number, maxRetryDelay?: number) {
    this.controller = controller;
    this.client = client;
    this.maxRetries = maxRetries;
    this.idle = workers;
    this.queue = new WorkQueue(client.host, retryDelay, maxRetryDelay);
    this.queue.onReady = () => this.startWorkers();
  }

  get isQuiet(): boolean {
    return this.queue.isQuiet && this.client.isQuiet;
  }

  /** A sync takes its time before its first write; it sees what the cache holds then, and acts for what came last. */
  private startWorkers(): void {
    const { host } = this.client;
    const current = host.causes.current;
    while (this.idle > 0 && this.queue.length > 0) {
      this.idle--;
      const key = this.queue.take();
      const cause = host.causes.current;
      host.agenda.at(host.now + Math.max(1, host.settings.controllerSync), () => {
        this.go(key, this.controller.sync(key), [], this.queue.causeOf(key) ?? cause);
      });
    }
    host.causes.current = current;
  }

  private go(key: number, sync: Sync, responses: readonly ApiResponse[], cause: CauseId): void {
    const { causes } = this.client.host;
    causes.current = cause;
    const step = sync.next(responses);
    if (step.done === true) {
      this.finish(key, step.value);
      return;
    }
    const stepCause = causes.current;
    this.client.callAll(step.value, (answers) => this.go(key, sync, answers, stepCause));
  }

  private finish(key: number, outcome: SyncOutcome): void {
    if (outcome === "kept") {
      this.release(key);
      return;
    }
    if (outcome === "done" || this.queue.failuresOf(key) >= this.maxRetries) this.queue.forget(key);
    else this.queue.addRateLimited(key);
    this.release(key);
  }

  private release(key: number): void {
    this.idle++;
    this.queue.done(key);
    this.startWorkers();
  }
}

/** Runs a sync that belongs to no queue, such as one node's part of a periodic pass. It goes on with the cause of each answer. */
export function runDetached(client: Client, sync: Sync<void>, done: () => void, responses: readonly ApiResponse[] = []): void {
  const step = sync.next(responses);
  if (step.done === true) {
    done();
    return;
  }
  client.callAll(step.value, (answers) => runDetached(client, sync, done, answers));
}
