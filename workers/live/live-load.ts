/**
 * The host's side of the live load: starts its thread, feeds it with endpoints, and turns what it counted
 * into the metrics and losses that a virtual run records.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import { seriesName } from "../../engine/metrics/catalogue.ts";
import type { HistogramSnapshot, RecorderSnapshot } from "../../engine/metrics/recorder.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";
import { outcomeNames } from "../../engine/traffic/outcome.ts";
import type { LiveEndpoint } from "./endpoint-table.ts";
import { LoadBoard, loadBoardShape } from "./load-board.ts";
import type { LiveLoss } from "./load-client.ts";
import type { LoadOrder, LoadReport, LoadWorkerData } from "./load.worker.ts";

export interface LiveLoadOptions {
  readonly loads: readonly LoadSpec[];
  readonly seed: number;
  readonly warmup: VirtualTime;
  readonly duration: VirtualTime;
  readonly bucketWidth: number;
  readonly origin: bigint;
}

export class LiveLoad {
  readonly boards: readonly LoadBoard[];
  private readonly options: LiveLoadOptions;
  private readonly thread: Worker;
  private readonly report: Promise<LoadReport>;

  constructor(options: LiveLoadOptions) {
    this.options = options;
    const { loads, seed, warmup, bucketWidth, origin, duration } = options;
    const shapes = loads.map(() => loadBoardShape(Math.ceil(duration / bucketWidth) + 1));
    this.boards = shapes.map((shape) => new LoadBoard(shape));
    const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
    const workerData: LoadWorkerData = { loads, boards: shapes, seed, warmup, bucketWidth, origin };
    this.thread = new Worker(new URL(`./load.worker${extension}`, import.meta.url), { workerData });
    this.report = new Promise((resolve, reject) => {
      this.thread.once("message", resolve);
      this.thread.once("error", reject);
      this.thread.once("exit", () => reject(new Error("the load's thread ended before its report")));
    });
    // Looked at in `stop`; until then nobody waits for it.
    this.report.catch(() => undefined);
  }

  setEndpoints(load: number, endpoints: readonly LiveEndpoint[]): void {
    this.order({ kind: "endpoints", load, endpoints });
  }

  /** No new requests; what is in flight ends within its timeout. The losses of each load. */
  async stop(): Promise<readonly (readonly LiveLoss[])[]> {
    const exited = once(this.thread, "exit");
    this.order({ kind: "stop" });
    const { losses } = await this.report;
    await exited;
    return losses;
  }

  /** At once, whatever is in flight. */
  async terminate(): Promise<void> {
    await this.thread.terminate();
  }

  get lost(): number {
    return this.boards.reduce((sum, board) => sum + board.lostTotal, 0);
  }

  /** The load's part of the recorder's snapshot. */
  snapshot(): RecorderSnapshot {
    const counters: Record<string, number> = {};
    const histograms: Record<string, HistogramSnapshot> = {};
    const timeSeries: Record<string, readonly number[]> = {};
    this.boards.forEach((board, index) => {
      const name = this.options.loads[index]?.name ?? "";
      counters[seriesName("requests_sent", name)] = board.sent;
      counters[seriesName("requests_answered", name)] = board.answered;
      counters[seriesName("requests_lost", name)] = board.lostTotal;
      counters[seriesName("requests_in_flight", name)] = board.inFlight;
      histograms[seriesName("request_duration", name)] = latencySnapshot(board);
      timeSeries[seriesName("sent", name)] = Array.from(board.sentSeries);
      timeSeries[seriesName("answered", name)] = Array.from(board.answeredSeries);
      outcomeNames.forEach((outcome, number) => {
        const attempts = board.attempts[number] ?? 0;
        if (attempts > 0) counters[seriesName("attempts", name, outcome)] = attempts;
        const series = board.lostSeries[number];
        if (series?.some((count) => count > 0) === true) timeSeries[seriesName("lost", name, outcome)] = Array.from(series);
      });
    });
    return { counters, histograms, timeSeries, bucketWidth: this.options.bucketWidth };
  }

  private order(order: LoadOrder): void {
    this.thread.postMessage(order);
  }
}

function latencySnapshot(board: LoadBoard): HistogramSnapshot {
  const buckets: [number, number][] = [];
  board.latency.forEach((count, bucket) => {
    if (count > 0) buckets.push([bucket, count]);
  });
  return { ...board.latencySummary(), buckets };
}
