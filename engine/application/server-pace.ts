/**
 * How fast the workers of one server get on when something holds them up: a CPU limit (CFS quota), a share of a full
 * node's cores, a fault, a pause. Work is measured in progress, µs of a worker that nothing holds up; all busy workers
 * progress alike, so ends of requests stand in progress and no change rewrites them. Nothing here is an event: who
 * looks walks from the last look through what lies between.
 *
 *   running ─quota of the period used up─▶ throttled ─next period─▶ running
 *      └──────── speed 0 ───▶ stopped ───── speed again ───────────────┘
 *
 * Differs: answers of a throttled server. `forecast` doesn't know who comes next, nor who is done first.
 *
 * With a quota Q per period and n busy workers that each use `share` of a core, the workers run until n × share × time
 * has used Q up, then all of them wait for the next period, as under the kernel's CFS bandwidth control.
 */
import { NO_CAUSE, type CauseId } from "../kernel/causes.ts";
import { MILLISECOND, type Duration, type VirtualTime } from "../kernel/time.ts";

/** From an instant on, work takes so many times as long. */
export interface Phase {
  readonly from: VirtualTime;
  readonly factor: number;
}

/** cpu.cfs_period_us as the kubelet sets it. */
export const QUOTA_PERIOD: Duration = 100 * MILLISECOND;
/** Rounding of sums must not make an instant one µs later. */
const ROUNDING = 1e-3;

export class ServerPace {
  /** Progress per µs: 1 as the scenario gives the work, 0 nothing moves. */
  speed: number = 1;
  /** Cores that the node has for it; Infinity: as many as it wants. */
  cores: number = Infinity;
  /** CPU µs of each period; Infinity: no limit. */
  quota: number = Infinity;
  /** Factor on the work of each request and probe: what a dependency takes longer, which is no CPU time. */
  waiting: number = 1;
  /** Share of the requests that end as server errors. */
  failing: number = 0;
  /** Cold: so many requests more, or until then, take `coldFactor` times as long. */
  coldRequests: number = 0;
  coldUntil: VirtualTime = 0;
  coldFactor: number = 1;
  /** How the work changes with the age of the process; null: it doesn't. */
  phases: readonly Phase[] | null = null;
  /** What slows it down from outside, until the queue is empty again; what makes it fail; its CPU limit's row. None: nothing. */
  blame: CauseId = NO_CAUSE;
  /** What each of `speed`, `waiting` and `cores` is owed to; none: as given. */
  speedBlame: CauseId = NO_CAUSE;
  waitingBlame: CauseId = NO_CAUSE;
  coresBlame: CauseId = NO_CAUSE;
  failBlame: CauseId = NO_CAUSE;
  limitBlame: CauseId = NO_CAUSE;
  /** CPU µs that were told last. */
  told: number = 0;
  /** µs of a worker so far. */
  progress: number;
  private wall: VirtualTime;
  /** CPU µs used of the period's quota. */
  private spent = 0;
  private periodEnd: VirtualTime;
  /** Cores that a busy worker uses. */
  private readonly share: number;

  constructor(share: number, now: VirtualTime) {
    this.share = share;
    this.progress = now;
    this.wall = now;
    this.periodEnd = now + QUOTA_PERIOD;
  }

  /** Nothing holds the workers up, and nothing will. */
  get isFree(): boolean {
    const isCold = this.coldRequests > 0 || this.wall < this.coldUntil;
    const isSteady = this.speed === 1 && this.cores === Infinity && this.quota === Infinity;
    return isSteady && this.waiting === 1 && this.failing === 0 && !isCold && this.phases === null;
  }

  /** What slows it down from outside right now: a process that a fault stops or slows wants for nothing else first. */
  get presentBlame(): CauseId {
    if (this.speedBlame !== NO_CAUSE) return this.speedBlame;
    return this.waitingBlame !== NO_CAUSE ? this.waitingBlame : this.coresBlame;
  }

  /** What the next request's work takes longer for the process itself. */
  takeFactor(isProbe: boolean): number {
    let factor = 1;
    if (this.phases !== null) for (const phase of this.phases) if (this.wall >= phase.from) factor = phase.factor;
    if (this.coldRequests > 0 ? !isProbe : this.wall < this.coldUntil) factor *= this.coldFactor;
    if (this.coldRequests > 0 && !isProbe) this.coldRequests--;
    return factor;
  }

  /** The instant of the last look, as a whole number of µs. */
  get instant(): VirtualTime {
    return Math.ceil(this.wall - ROUNDING);
  }

  /** Whether so many busy workers use more than a period gives, or than the node has for them. */
  isShort(busy: number): boolean {
    const cores = busy * this.share * this.speed;
    return cores > this.cores || cores * QUOTA_PERIOD > this.quota;
  }

  /** Time passes to `until` without work. */
  rest(until: VirtualTime): void {
    this.wall = Math.max(this.wall, until);
  }

  /** Time passes to `until`, or to where progress meets `target`, whichever comes first. True: the target is met. */
  advance(until: VirtualTime, busy: number, target: number): boolean {
    const rate = this.rate(busy);
    if (rate === 0) {
      this.rest(until);
      return false;
    }
    const burn = this.quota === Infinity ? 0 : busy * this.share * rate;
    if (burn === 0) return this.run(until, rate, 0, target);
    for (;;) {
      this.refill();
      if (this.spent >= this.quota) {
        if (this.periodEnd > until) {
          this.rest(until);
          return false;
        }
        this.wall = this.periodEnd;
        continue;
      }
      const stop = Math.min(until, this.periodEnd, this.wall + (this.quota - this.spent) / burn);
      const isUsedUp = stop < until && stop < this.periodEnd;
      if (this.run(stop, rate, burn, target)) return true;
      if (isUsedUp) this.spent = this.quota;
      if (this.wall >= until) return false;
    }
  }

  /** When progress will meet `target` if nothing changes and as many workers stay busy. */
  forecast(target: number, busy: number): VirtualTime {
    const rate = this.rate(busy);
    const need = target - this.progress;
    if (rate === 0) return Infinity;
    const burn = this.quota === Infinity ? 0 : busy * this.share * rate;
    if (burn === 0) return this.round(this.wall + need / rate);
    this.refill();
    const now = Math.min((this.quota - this.spent) / burn, this.periodEnd - this.wall) * rate;
    if (need <= now) return this.round(this.wall + need / rate);
    const perPeriod = Math.min(this.quota / burn, QUOTA_PERIOD) * rate;
    const periods = Math.max(0, Math.ceil((need - now) / perPeriod) - 1);
    return this.round(this.periodEnd + periods * QUOTA_PERIOD + (need - now - periods * perPeriod) / rate);
  }

  private rate(busy: number): number {
    const wanted = busy * this.share * this.speed;
    return wanted > this.cores ? this.cores / (busy * this.share) : this.speed;
  }

  private run(stop: VirtualTime, rate: number, burn: number, target: number): boolean {
    const meets = this.wall + (target - this.progress) / rate;
    const isMet = meets <= stop + ROUNDING;
    const end = isMet ? Math.max(this.wall, meets) : Math.max(this.wall, stop);
    this.spent += burn * (end - this.wall);
    this.progress = isMet ? target : this.progress + rate * (end - this.wall);
    this.wall = end;
    return isMet;
  }

  private refill(): void {
    if (this.wall < this.periodEnd) return;
    this.periodEnd += (Math.floor((this.wall - this.periodEnd) / QUOTA_PERIOD) + 1) * QUOTA_PERIOD;
    this.spent = 0;
  }

  private round(instant: number): VirtualTime {
    return Math.ceil(instant - ROUNDING);
  }
}
