/**
 * Every request, accounted for: sent = answered + lost + in flight, per load, summed over all shards. A
 * request counts as a whole by its intended send time, so one sent during the warm-up is counted nowhere;
 * the time series show all. Hot: `begin` and `answer`, bench/traffic.bench.ts.
 */
import type { CauseId } from "../kernel/causes.ts";
import { NEVER, SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import { seriesName } from "../metrics/catalogue.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { PLAN_NUMBERS, PLANNED_STAY, PLANNED_WAY_BACK, PLANNED_WORK } from "./arrival-plan.ts";
import { outcomeNames, situationNames, type EndpointSituation, type Outcome } from "./outcome.ts";

/** Requests of one load lost with one outcome, in one situation, for one cause. */
export interface LossTally {
  readonly load: number;
  readonly outcome: number;
  readonly state: (typeof situationNames)[number];
  readonly cause: CauseId;
  count: number;
  first: VirtualTime;
  last: VirtualTime;
}

/** Totals of one load in one shard, warm-up left out. In flight may be negative here: messages travel between shards. */
export interface LoadTotals {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly inFlight: number;
}

/** Fields of `recent`, by load × RECENT_FIELDS: since the warm-up, and in the time-series bucket that begins at BUCKET. */
const RECENT_FIELDS = 5;
const SENT = 0;
const ANSWERED = 1;
const BUCKET = 2;
const SENT_IN_BUCKET = 3;
const ANSWERED_IN_BUCKET = 4;

/** Endpoints that were there for less say little about how a load spreads. */
const USED_LONG = 10 * SECOND;

const SITUATIONS = situationNames.length;
const OUTCOMES = outcomeNames.length;

export class Accounting {
  /** Requests lost so far, for progress. */
  lostSoFar = 0;
  private readonly recorder: Recorder;
  private readonly warmup: VirtualTime;
  private readonly sent: number[];
  private readonly answered: number[];
  private readonly lost: number[];
  private readonly inFlight: number[];
  private readonly attempts: number[];
  private readonly repeats: number[];
  private readonly endpointRequests: number[];
  private readonly endpointTime: number[];
  private readonly endpointInterval: number[];
  private readonly duration: number[];
  private readonly sentSeries: number[];
  private readonly answeredSeries: number[];
  private readonly lostSeries: number[];
  private readonly staleRouting: number[];
  private readonly labels: readonly string[];
  /** What the hot path counts, side by side; handed to the recorder per bucket and at the end. */
  private readonly recent: Float64Array;
  /** Messages posted minus messages received, by load. */
  private readonly travelling: Float64Array;
  private readonly tallies: Map<CauseId, LossTally>[];

  /** `labels` names each load in the metrics. */
  constructor(recorder: Recorder, labels: readonly string[], warmup: VirtualTime) {
    this.recorder = recorder;
    this.warmup = warmup;
    this.sent = labels.map((label) => recorder.counter(seriesName("requests_sent", label)));
    this.answered = labels.map((label) => recorder.counter(seriesName("requests_answered", label)));
    this.lost = labels.map((label) => recorder.counter(seriesName("requests_lost", label)));
    this.inFlight = labels.map((label) => recorder.counter(seriesName("requests_in_flight", label)));
    this.repeats = labels.map((label) => recorder.counter(seriesName("attempts_repeated", label)));
    this.endpointRequests = labels.map((label) => recorder.counter(seriesName("endpoint_requests", label)));
    this.endpointTime = labels.map((label) => recorder.counter(seriesName("endpoint_time", label)));
    this.endpointInterval = labels.map((label) => recorder.histogram(seriesName("endpoint_interval", label)));
    this.duration = labels.map((label) => recorder.histogram(seriesName("request_duration", label)));
    this.sentSeries = labels.map((label) => recorder.timeSeries(seriesName("sent", label)));
    this.answeredSeries = labels.map((label) => recorder.timeSeries(seriesName("answered", label)));
    this.attempts = labels.flatMap((label) => outcomeNames.map((outcome) => recorder.counter(seriesName("attempts", label, outcome))));
    // The series of losses are named at the first loss: most loads have one or two outcomes.
    this.lostSeries = labels.flatMap(() => outcomeNames.map(() => -1));
    this.staleRouting = labels.map((label) => recorder.histogram(seriesName("stale_routing", label)));
    this.labels = labels;
    this.recent = new Float64Array(labels.length * RECENT_FIELDS);
    this.travelling = new Float64Array(labels.length);
    this.tallies = labels.flatMap(() => Array.from({ length: OUTCOMES * SITUATIONS }, () => new Map<CauseId, LossTally>()));
  }

  begin(load: number, intendedAt: VirtualTime): void {
    const recent = this.recent;
    const base = load * RECENT_FIELDS;
    if (intendedAt >= this.warmup) recent[base + SENT]!++;
    if (intendedAt < recent[base + BUCKET]! || intendedAt >= recent[base + BUCKET]! + this.recorder.bucketWidth)
      this.turnTo(load, intendedAt);
    recent[base + SENT_IN_BUCKET]!++;
  }

  answer(load: number, intendedAt: VirtualTime, at: VirtualTime): void {
    const recent = this.recent;
    const base = load * RECENT_FIELDS;
    if (intendedAt >= this.warmup) recent[base + ANSWERED]!++;
    this.recorder.observe(this.duration[load]!, intendedAt, at - intendedAt);
    if (at >= recent[base + BUCKET]! && at < recent[base + BUCKET]! + this.recorder.bucketWidth) recent[base + ANSWERED_IN_BUCKET]!++;
    else this.recorder.mark(this.answeredSeries[load]!, at);
  }

  /**
   * Requests that were sent and answered, `begin` and `answer` of each: [from, to) of a plan (arrival-plan.ts), where they
   * stand by the instant at which they came to their endpoint, `wayOut` after they were sent. Returns the work in them.
   */
  answerAll(load: number, wayOut: Duration, times: Float64Array, numbers: Int32Array, from: number, to: number): Duration {
    const { recorder, warmup } = this;
    const width = recorder.bucketWidth;
    const sent = recorder.bucketsOf(this.sentSeries[load]!);
    const answered = recorder.bucketsOf(this.answeredSeries[load]!);
    const histogram = recorder.histogramOf(this.duration[load]!);
    let counted = 0;
    let sum = 0;
    for (let at = from; at < to; at++) {
      const duration = wayOut + numbers[at * PLAN_NUMBERS + PLANNED_STAY]! + numbers[at * PLAN_NUMBERS + PLANNED_WAY_BACK]!;
      const intendedAt = times[at]! - wayOut;
      sum += numbers[at * PLAN_NUMBERS + PLANNED_WORK]!;
      if (intendedAt >= warmup) {
        counted++;
        histogram.record(duration);
      }
      const sentIn = Math.floor(intendedAt / width);
      const answeredIn = Math.floor((intendedAt + duration) / width);
      if (sentIn < sent.length) sent[sentIn]!++;
      if (answeredIn < answered.length) answered[answeredIn]!++;
    }
    this.recent[load * RECENT_FIELDS + SENT]! += counted;
    this.recent[load * RECENT_FIELDS + ANSWERED]! += counted;
    return sum;
  }

  /** An attempt ended other than answered. */
  failAttempt(load: number, intendedAt: VirtualTime, outcome: Outcome): void {
    this.recorder.count(this.attempts[load * OUTCOMES + outcome]!, intendedAt);
  }

  /** Another attempt of a request begins: a retry, or a hedge. */
  repeat(load: number, intendedAt: VirtualTime): void {
    this.recorder.count(this.repeats[load]!, intendedAt);
  }

  /** The whole request ended so. */
  lose(load: number, intendedAt: VirtualTime, at: VirtualTime, outcome: Outcome, situation: EndpointSituation, cause: CauseId): void {
    this.recorder.count(this.lost[load]!, intendedAt);
    this.recorder.mark(this.lossSeriesOf(load, outcome), at);
    if (intendedAt < this.warmup) return;
    this.lostSoFar++;
    const tallies = this.tallies[(load * OUTCOMES + outcome) * SITUATIONS + situation]!;
    const tally = tallies.get(cause);
    if (tally === undefined) {
      tallies.set(cause, { load, outcome, state: situationNames[situation]!, cause, count: 1, first: at, last: at });
      return;
    }
    tally.count++;
    // What ends is sometimes noticed late, so ends don't come in order.
    if (at < tally.first) tally.first = at;
    if (at > tally.last) tally.last = at;
  }

  /** An attempt went to an endpoint whose removal was valid `stale` µs before. */
  routeLate(load: number, intendedAt: VirtualTime, stale: VirtualTime): void {
    this.recorder.observe(this.staleRouting[load]!, intendedAt, stale);
  }

  /** An attempt leaves as a message to the endpoint's LP, which may be on another shard. */
  depart(load: number, intendedAt: VirtualTime): void {
    if (intendedAt >= this.warmup) this.travelling[load]!++;
  }

  arrive(load: number, intendedAt: VirtualTime): void {
    if (intendedAt >= this.warmup) this.travelling[load]!--;
  }

  /** An endpoint had so many first attempts of a load while it was used. */
  useEndpoint(load: number, count: number, span: Duration): void {
    if (span < USED_LONG) return;
    const { recorder } = this;
    // The warm-up counts too: a mean over the whole time is steadier.
    recorder.count(this.endpointRequests[load]!, NEVER, count);
    recorder.count(this.endpointTime[load]!, NEVER, span);
    if (count > 0) recorder.observe(this.endpointInterval[load]!, NEVER, Math.round(span / count));
  }

  /** At the horizon: a request that is neither answered nor lost. */
  keepInFlight(load: number, intendedAt: VirtualTime): void {
    this.recorder.count(this.inFlight[load]!, intendedAt);
  }

  /** What was counted beside the recorder goes in; may be called at any time. */
  handOver(): void {
    this.labels.forEach((_, load) => {
      const base = load * RECENT_FIELDS;
      const sent = this.recent[base + SENT]!;
      const answered = this.recent[base + ANSWERED]!;
      this.recorder.count(this.sent[load]!, this.warmup, sent);
      this.recorder.count(this.answered[load]!, this.warmup, answered);
      this.recorder.count(this.attempts[load * OUTCOMES]!, this.warmup, answered);
      this.recent[base + SENT] = 0;
      this.recent[base + ANSWERED] = 0;
    });
  }

  /** Closes the books: what was counted beside the recorder, and what travels, goes in; to be called once. */
  finish(): void {
    this.labels.forEach((_, load) => this.turnTo(load, 0));
    this.handOver();
    this.travelling.forEach((count, load) => this.recorder.count(this.inFlight[load]!, this.warmup, count));
    this.travelling.fill(0);
  }

  /** After `finish`. */
  totals(): LoadTotals[] {
    return this.labels.map((_, load) => ({
      sent: this.recorder.counterValue(this.sent[load]!),
      answered: this.recorder.counterValue(this.answered[load]!),
      lost: this.recorder.counterValue(this.lost[load]!),
      inFlight: this.recorder.counterValue(this.inFlight[load]!),
    }));
  }

  /** By load, outcome, situation, cause. */
  losses(): LossTally[] {
    return this.tallies.flatMap((tallies) => [...tallies.values()].sort((a, b) => a.cause - b.cause));
  }

  /** Hands the counts of the load's present bucket to the recorder and turns to the bucket of `time`. */
  private turnTo(load: number, time: VirtualTime): void {
    const recent = this.recent;
    const base = load * RECENT_FIELDS;
    const bucket = recent[base + BUCKET]!;
    this.recorder.mark(this.sentSeries[load]!, bucket, recent[base + SENT_IN_BUCKET]!);
    this.recorder.mark(this.answeredSeries[load]!, bucket, recent[base + ANSWERED_IN_BUCKET]!);
    recent[base + SENT_IN_BUCKET] = 0;
    recent[base + ANSWERED_IN_BUCKET] = 0;
    recent[base + BUCKET] = time - (time % this.recorder.bucketWidth);
  }

  private lossSeriesOf(load: number, outcome: Outcome): number {
    const index = load * OUTCOMES + outcome;
    if (this.lostSeries[index] === -1) {
      this.lostSeries[index] = this.recorder.timeSeries(seriesName("lost", this.labels[load]!, outcomeNames[outcome]!));
    }
    return this.lostSeries[index]!;
  }
}
