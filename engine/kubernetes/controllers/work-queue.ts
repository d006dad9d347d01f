/**
 * A controller's queue of keys with client-go's rules: a key waits at most once; a key added while it is
 * being processed comes back when it is done; a delayed key keeps its earliest time; failures wait
 * 5 ms · 2ⁿ. Each key carries the cause that was current when it was added last.
 *
 *   add ──▶ waiting ──take──▶ processing ──done──▶ (gone, or waiting again if it was added meanwhile)
 */
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import { TokenBucket, type Agenda, type AgendaEntry } from "../api-server/client.ts";

export interface WorkQueueHost {
  readonly now: VirtualTime;
  readonly agenda: Agenda;
  readonly causes: CauseTable;
  readonly settings: Settings;
}

export class WorkQueue {
  /** Called when a key may be taken. */
  onReady: () => void = () => {};
  private readonly host: WorkQueueHost;
  private readonly retryDelay: number;
  private readonly maxRetryDelay: number;
  private readonly waiting: number[] = [];
  private head = 0;
  /** Added and not yet taken, with their causes. */
  private readonly dirty = new Map<number, CauseId>();
  private readonly processing = new Set<number>();
  private readonly delayed = new Map<number, AgendaEntry>();
  private readonly failures = new Map<number, number>();
  /** client-go's overall limit of retries. */
  private readonly retryBucket: TokenBucket;

  /** `retryDelay`: first wait of a key that failed, and its greatest. */
  constructor(
    host: WorkQueueHost,
    retryDelay: number = host.settings.workqueueBaseDelay,
    maxRetryDelay: number = host.settings.workqueueMaxDelay,
  ) {
    this.host = host;
    this.retryDelay = retryDelay;
    this.maxRetryDelay = maxRetryDelay;
    this.retryBucket = new TokenBucket(host.settings.workqueueOverallQps, host.settings.workqueueOverallBurst);
  }

  get length(): number {
    return this.waiting.length - this.head;
  }

  /** Nothing waits or is worked on; delayed keys don't count. */
  get isQuiet(): boolean {
    return this.dirty.size === 0 && this.processing.size === 0;
  }

  /** Some key waits for its time. */
  get hasDelayed(): boolean {
    return this.delayed.size > 0;
  }

  /** Some key failed and hasn't succeeded since. */
  get hasFailures(): boolean {
    return this.failures.size > 0;
  }

  add(key: number): void {
    const isKnown = this.dirty.has(key);
    this.dirty.set(key, this.host.causes.current);
    if (isKnown || this.processing.has(key)) return;
    this.waiting.push(key);
    this.onReady();
  }

  /** Microseconds from now; 0 or less is at once. */
  addAfter(key: number, delay: number): void {
    if (delay <= 0) {
      this.add(key);
      return;
    }
    const at = this.host.now + Math.ceil(delay);
    const pending = this.delayed.get(key);
    if (pending !== undefined && pending.action !== null) {
      if (pending.time <= at) return;
      this.host.agenda.cancel(pending);
    }
    const cause = this.host.causes.current;
    this.delayed.set(
      key,
      this.host.agenda.at(at, () => {
        this.delayed.delete(key);
        this.host.causes.current = cause;
        this.add(key);
      }),
    );
  }

  addRateLimited(key: number): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    let ownDelay = this.retryDelay;
    for (let times = 0; times < failures && ownDelay < this.maxRetryDelay; times++) ownDelay *= 2;
    const overall = this.retryBucket.reserve(this.host.now) - this.host.now;
    this.addAfter(key, Math.max(Math.min(ownDelay, this.maxRetryDelay), overall, 1));
  }

  /** The cause under which a key was added and not yet taken; undefined: it wasn't. */
  causeOf(key: number): CauseId | undefined {
    return this.dirty.get(key);
  }

  forget(key: number): void {
    this.failures.delete(key);
  }

  failuresOf(key: number): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, now being processed; its cause becomes current. There must be one. */
  take(): number {
    const key = this.waiting[this.head++] ?? -1;
    if (this.head > 1024 && this.head * 2 > this.waiting.length) {
      this.waiting.splice(0, this.head);
      this.head = 0;
    }
    this.host.causes.current = this.dirty.get(key) ?? 0;
    this.dirty.delete(key);
    this.processing.add(key);
    return key;
  }

  done(key: number): void {
    this.processing.delete(key);
    if (!this.dirty.has(key)) return;
    this.waiting.push(key);
    this.onReady();
  }
}
