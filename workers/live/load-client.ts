/**
 * One load on undici: open loop, so requests begin at their intended instants whatever the answers do, and
 * latency counts from those instants. A new connection for each request, as the model has it; plain
 * retries; the client's timeout counts from the intended instant too. Bounded: beyond SOCKETS_MAX requests
 * wait in the client, where their time goes on running.
 */
import { Pool, type Dispatcher } from "undici";
import { childKey, streamKey, uniform, type StreamKey } from "../../engine/kernel/random.ts";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import { Histogram } from "../../engine/metrics/histogram.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import { Outcome } from "../../engine/traffic/outcome.ts";
import { backOffBefore } from "../../engine/traffic/retry-policy.ts";
import { isLoopback } from "./addresses.ts";
import type { LiveEndpoint } from "./endpoint-table.ts";
import type { LoadBoard } from "./load-board.ts";

const SOCKETS_MAX = 1024;

/** Losses of one kind, at one Pod, within one second. */
export interface LiveLoss {
  readonly outcome: Outcome;
  /** -1: no endpoint. */
  readonly pod: number;
  readonly first: VirtualTime;
  last: VirtualTime;
  count: number;
}

export interface LoadClientOptions {
  readonly load: LoadSpec;
  readonly seed: number;
  readonly warmup: VirtualTime;
  readonly bucketWidth: number;
  readonly now: () => VirtualTime;
  readonly board: LoadBoard;
}

interface Request {
  readonly number: number;
  readonly intendedAt: VirtualTime;
  readonly deadline: VirtualTime;
  attempt: number;
  pod: number;
  isEnded: boolean;
  controller: Dispatcher.DispatchController | null;
}

export class LoadClient {
  readonly losses: LiveLoss[] = [];
  private readonly options: LoadClientOptions;
  private readonly latency: Histogram;
  private readonly gaps: StreamKey;
  private readonly choices: StreamKey;
  private readonly pools = new Map<string, Pool>();
  private endpoints: readonly LiveEndpoint[] = [];
  private nextAt: VirtualTime;
  private requests = 0;
  private sockets = 0;
  /** Waiting for a socket. */
  private waiting: Request[] = [];
  /** In the order of their deadlines, since every request of a load has the same timeout. */
  private inFlight: Request[] = [];
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;

  constructor(options: LoadClientOptions) {
    this.options = options;
    this.latency = new Histogram(options.board.latency);
    const key = streamKey(options.seed, "live load", options.load.name);
    this.gaps = childKey(key, 0);
    this.choices = childKey(key, 1);
    this.nextAt = options.load.from;
    this.nextAt = this.following(options.load.from);
  }

  setEndpoints(endpoints: readonly LiveEndpoint[]): void {
    this.endpoints = endpoints.filter((endpoint) => isLoopback(endpoint.ip));
    const kept = new Set(this.endpoints.map(originOf));
    for (const [origin, pool] of this.pools) {
      if (kept.has(origin)) continue;
      this.pools.delete(origin);
      // Requests in flight end as their server lets them.
      void pool.close().catch(() => undefined);
    }
  }

  start(): void {
    this.turn();
  }

  /** What is due goes out late rather than never, then nothing new; back when what is in flight has ended or timed out. */
  async stop(): Promise<void> {
    this.sendDue();
    this.isStopped = true;
    while (this.inFlight.some((request) => !request.isEnded)) await new Promise((resolve) => setTimeout(resolve, 5));
    if (this.timer !== null) clearTimeout(this.timer);
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy().catch(() => undefined)));
  }

  private turn(): void {
    const { now, load } = this.options;
    this.sendDue();
    this.expire(now());
    const hasMore = !this.isStopped && this.nextAt < load.until;
    if (!hasMore && this.inFlight.length === 0) return;
    const due = Math.min(hasMore ? this.nextAt : Infinity, this.inFlight[0]?.deadline ?? Infinity);
    this.timer = setTimeout(() => this.turn(), Math.max(0, Math.ceil((due - now()) / 1000)));
  }

  private sendDue(): void {
    const { now, load } = this.options;
    for (let at = now(); !this.isStopped && this.nextAt <= at && this.nextAt < load.until; at = now()) this.begin(this.nextAt, at);
  }

  /** The intended instant after `at`: evenly spaced, or with exponential gaps. */
  private following(at: VirtualTime): VirtualTime {
    const { load } = this.options;
    const mean = 1e6 / load.rate;
    if (load.executor === "constant-arrival-rate") return load.from + Math.round((this.requests + 1) * mean);
    const gap = -Math.log(1 - uniform(this.gaps.hi, this.gaps.lo, this.requests)) * mean;
    return at + Math.max(1, Math.round(gap));
  }

  private begin(intendedAt: VirtualTime, now: VirtualTime): void {
    const { board, load } = this.options;
    const request: Request = {
      number: this.requests,
      intendedAt,
      deadline: intendedAt + load.timeout,
      attempt: 0,
      pod: -1,
      isEnded: false,
      controller: null,
    };
    this.requests++;
    this.nextAt = this.following(intendedAt);
    this.mark(board.sentSeries, intendedAt);
    if (this.isCounted(request)) {
      board.countSent();
      board.countLateness(now - intendedAt);
    }
    this.inFlight.push(request);
    this.send(request);
  }

  private send(request: Request): void {
    if (request.isEnded) return;
    if (this.sockets >= SOCKETS_MAX) {
      this.waiting.push(request);
      return;
    }
    const endpoint = this.chosen(request);
    request.pod = endpoint?.pod ?? -1;
    if (endpoint === null) this.attemptEnded(request, Outcome.noEndpoint);
    else this.dispatch(request, endpoint);
  }

  private chosen(request: Request): LiveEndpoint | null {
    const key = childKey(this.choices, request.number);
    const index = Math.floor(uniform(key.hi, key.lo, request.attempt) * this.endpoints.length);
    return this.endpoints[index] ?? null;
  }

  private dispatch(request: Request, endpoint: LiveEndpoint): void {
    const attempt = request.attempt;
    let status = 0;
    let isOver = false;
    const over = (outcome: Outcome): void => {
      if (isOver) return;
      isOver = true;
      this.sockets--;
      // A request that timed out meanwhile has its outcome already.
      if (request.attempt === attempt) this.attemptEnded(request, outcome);
      this.sendWaiting();
    };
    this.sockets++;
    this.poolOf(endpoint).dispatch(
      { path: "/", method: "GET", reset: true, headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart: (controller) => {
          request.controller = controller;
          if (request.isEnded) controller.abort(new Error("timed out"));
        },
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: () => undefined,
        onResponseEnd: () => over(status >= 500 ? Outcome.serverError : Outcome.answered),
        onResponseError: (_controller, error) => over(outcomeOf(error)),
      },
    );
  }

  private poolOf(endpoint: LiveEndpoint): Pool {
    const origin = originOf(endpoint);
    const known = this.pools.get(origin);
    if (known !== undefined) return known;
    // A client is taken while it has nothing in flight, else a new one is made: nobody waits for a connection.
    const pool = new Pool(origin, { connections: null, pipelining: 1, connect: { timeout: this.options.load.timeout / 1000 } });
    this.pools.set(origin, pool);
    return pool;
  }

  private sendWaiting(): void {
    while (this.sockets < SOCKETS_MAX) {
      const request = this.waiting.shift();
      if (request === undefined) return;
      this.send(request);
    }
  }

  private attemptEnded(request: Request, outcome: Outcome): void {
    const { board, load, now } = this.options;
    if (request.isEnded) return;
    if (this.isCounted(request)) board.attempts[outcome]! += 1;
    if (outcome === Outcome.answered) {
      this.end(request, outcome);
      return;
    }
    const wait = backOffBefore(load.retries, request.attempt, uniform(this.choices.lo, this.choices.hi ^ request.number, request.attempt));
    if (request.attempt >= load.retries.max || now() + wait >= request.deadline || this.isStopped) {
      this.end(request, outcome);
      return;
    }
    request.attempt++;
    request.controller = null;
    setTimeout(() => this.send(request), wait / 1000);
  }

  private end(request: Request, outcome: Outcome): void {
    const { board, now } = this.options;
    const at = now();
    request.isEnded = true;
    const isCounted = this.isCounted(request);
    if (outcome === Outcome.answered) {
      this.mark(board.answeredSeries, at);
      if (!isCounted) return;
      this.latency.record(at - request.intendedAt);
      board.countAnswered(this.latency);
      return;
    }
    const series = board.lostSeries[outcome];
    if (series !== undefined) this.mark(series, at);
    if (!isCounted) return;
    board.countLost(outcome);
    this.noteLoss(outcome, request.pod, at);
  }

  /** Ends what is past its deadline and forgets what has ended. */
  private expire(now: VirtualTime): void {
    let ended = 0;
    for (const request of this.inFlight) {
      if (!request.isEnded && request.deadline > now) break;
      ended++;
      if (request.isEnded) continue;
      if (this.isCounted(request)) this.options.board.attempts[Outcome.timedOut]! += 1;
      this.end(request, Outcome.timedOut);
      request.controller?.abort(new Error("timed out"));
    }
    if (ended > 0) this.inFlight = this.inFlight.slice(ended);
  }

  private noteLoss(outcome: Outcome, pod: number, at: VirtualTime): void {
    const second = Math.floor(at / 1e6);
    const known = this.losses.findLast((loss) => loss.outcome === outcome && loss.pod === pod && Math.floor(loss.first / 1e6) === second);
    if (known === undefined) {
      this.losses.push({ outcome, pod, first: at, last: at, count: 1 });
      return;
    }
    known.count++;
    known.last = at;
  }

  private isCounted(request: Request): boolean {
    return request.intendedAt >= this.options.warmup;
  }

  private mark(series: Float64Array, at: VirtualTime): void {
    const bucket = Math.floor(at / this.options.bucketWidth);
    if (bucket < series.length) series[bucket]! += 1;
  }
}

function originOf(endpoint: LiveEndpoint): string {
  return `http://${endpoint.ip}:${endpoint.port}`;
}

/** In the kernel's words: what the network said. */
function outcomeOf(error: Error): Outcome {
  switch ((error as { code?: unknown }).code) {
    case "ECONNREFUSED":
      return Outcome.refused;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return Outcome.unreachable;
    default:
      // Connection reset, closed before the answer's end, or not HTTP at all.
      return Outcome.reset;
  }
}
