/**
 * A scenario on the wall clock: `runLive` wires the control plane and the kubelets of the model to real
 * processes, probes and load, and records what came from outside; `replayLive` repeats such a recording in
 * virtual time.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { bucketWidthOf } from "../../engine/cluster.ts";
import { SECOND, formatTime, type VirtualTime } from "../../engine/kernel/time.ts";
import { Histogram, highestIn } from "../../engine/metrics/histogram.ts";
import { probeRoleNames } from "../../engine/kubernetes/kubelet/ports.ts";
import type { LossCount, RunResult, ShardResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { Issue } from "../../engine/values/issue.ts";
import { VERSION } from "../../engine/version.ts";
import type { Progress } from "../coordinator.ts";
import type { RunFacts } from "../run.ts";
import { takeAddresses } from "./addresses.ts";
import { EndpointReader, liveEndpoints } from "./endpoint-table.ts";
import { Inbox } from "./inbox.ts";
import { LiveCluster, liveResult, type OnStatus } from "./live-cluster.ts";
import { LiveHost, type LiveEnd } from "./live-host.ts";
import { liveIssues } from "./live-issues.ts";
import { LiveLoad } from "./live-load.ts";
import { lossCounts } from "./live-losses.ts";
import { Outbox } from "./outbox.ts";
import { ProcessRuntime, type LiveWorld } from "./process-runtime.ts";
import { RECORDING_FORMAT, RecordingWriter, readRecording, type RecordedLoad } from "./recording.ts";
import { Safety } from "./safety.ts";
import { WallClock } from "./wall-clock.ts";

export interface LiveOptions {
  /** Folder for the recording and the containers' output. */
  readonly out: string;
  /** The scenario's file: relative paths of manifests start at its folder. */
  readonly scenarioPath: string;
  /** Ends the run early: the result is marked as partial. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called once the scenario is accepted, before anything is written or started. */
  readonly onAccepted?: () => void;
  /** Strict mode: the run ends, partial, when an event is later than this, in µs. */
  readonly lagLimit?: number;
  /** Told each status that a kubelet writes (tests compare the clocks). */
  readonly onStatus?: OnStatus;
}

/** How far the host and its load were behind the clock: ours, not the servers'. */
export interface LiveFacts extends RunFacts {
  readonly live: {
    readonly hostLag: LagFacts;
    readonly probeLag: Readonly<Record<string, LagFacts>>;
    readonly eventLoopDelay: LagFacts;
    readonly loadLateness: readonly { readonly load: string; readonly meanMicros: number; readonly maxMicros: number }[];
    /** Answers from outside. */
    readonly answers: number;
  };
}

export interface LagFacts {
  readonly count: number;
  readonly medianMicros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
}

export interface LiveRun {
  readonly result: RunResult;
  readonly run: LiveFacts;
  /** Path of the recording. */
  readonly recording: string;
}

/** Between SIGTERM and SIGKILL of what still runs when the run is over, in ms. */
const LAST_GRACE_MS = 5000;
const LAST_GRACE_INTERRUPTED_MS = 1000;
const PROGRESS_PERIOD: VirtualTime = SECOND / 10;

/** The scenario can't be run live: nothing was started. */
export class LiveInputError extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(
      issues
        .map(
          ({ path, found, expected, hint }) =>
            `${path}: found ${found}, expected ${expected}${hint === undefined ? "" : ` (hint: ${hint})`}`,
        )
        .join("\n"),
    );
    this.name = "LiveInputError";
    this.issues = issues;
  }
}

export async function runLive(given: ScenarioSpec, options: LiveOptions): Promise<LiveRun> {
  const addresses = await takeAddresses();
  const issues = liveIssues(given, addresses.hasNetwork);
  if (issues.length > 0) {
    addresses.close();
    throw new LiveInputError(issues);
  }
  try {
    options.onAccepted?.();
  } catch (error) {
    addresses.close();
    throw error;
  }
  const run = new AbortController();
  const safety = new Safety(() => run.abort(new Error("the guardian of the live run has ended: nothing would clean up after a crash")));
  const interrupt = (): void => run.abort();
  options.signal?.addEventListener("abort", interrupt);
  if (options.signal?.aborted === true) interrupt();
  try {
    return await runSafely(given, options, { addresses, safety, run });
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
    run.abort();
    await safety.close(0);
    addresses.close();
  }
}

interface LiveGround {
  readonly addresses: Awaited<ReturnType<typeof takeAddresses>>;
  readonly safety: Safety;
  readonly run: AbortController;
}

async function runSafely(given: ScenarioSpec, options: LiveOptions, { addresses, safety, run }: LiveGround): Promise<LiveRun> {
  const spec = liveSpec(given);
  const logs = join(options.out, "logs");
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const outside = new AbortController();
  const probeLag = probeRoleNames.map(() => new Histogram());
  const clock = new WallClock();
  const inbox = new Inbox(clock);
  const outbox = new Outbox(clock, new Histogram());
  const world: LiveWorld = {
    clock,
    inbox,
    outbox,
    addresses,
    safety,
    probeLag,
    logs: resolve(logs),
    directory: resolve(dirname(options.scenarioPath)),
    kubernetesVersion: spec.kubernetesVersion,
    signal: outside.signal,
  };
  const cluster = new LiveCluster(spec, (node, facts) => new ProcessRuntime({ node, world, ...facts }), options.onStatus ?? null);
  const recordingPath = join(options.out, "live-run.ndjson");
  const recording = new RecordingWriter(recordingPath, { format: RECORDING_FORMAT, version: VERSION, spec: given });
  const bucketWidth = bucketWidthOf(spec.duration);
  const load =
    given.load.length === 0
      ? null
      : new LiveLoad({
          loads: given.load,
          seed: given.seed,
          warmup: given.warmup,
          duration: given.duration,
          bucketWidth,
          origin: clock.origin,
        });
  const feed = load === null ? null : endpointFeed(given, cluster, world, load);
  const report = progressReport(cluster, load, options.onProgress);
  const host = new LiveHost({
    simulator: cluster.shard.simulator,
    clock,
    inbox,
    outbox,
    horizon: spec.duration,
    signal: run.signal,
    ...(options.lagLimit === undefined ? {} : { lagLimit: options.lagLimit }),
    deliver: (at, number, answer) => {
      recording.answer({ at, number, node: answer.node, input: answer.input });
      cluster.deliver(at, number, answer.node, answer.input);
    },
    afterTurn: (now) => {
      recording.flush();
      feed?.(now);
      report(now);
    },
  });
  const from = performance.now();
  delay.enable();
  let end: LiveEnd;
  try {
    end = await host.run();
  } catch (error) {
    await load?.terminate();
    throw error;
  }
  delay.disable();
  const wallSeconds = (performance.now() - from) / 1000;
  const isPartial = end.reason !== "horizon";
  const losses = isPartial ? [] : ((await load?.stop()) ?? []);
  if (isPartial) await load?.terminate();
  outside.abort();
  await safety.close(isPartial ? LAST_GRACE_INTERRUPTED_MS : LAST_GRACE_MS);
  const reason: unknown = run.signal.reason;
  if (end.reason === "interrupted" && options.signal?.aborted !== true && reason instanceof Error) throw reason;
  const shard = cluster.shard.finish(end.end);
  const recordedLoad = loadResult(given, cluster, load, losses, shard);
  const result = liveResult(given, shard, recordedLoad, { end: end.end, isPartial });
  recording.close({ end: end.end, fingerprint: result.fingerprint, isPartial, load: recordedLoad });
  return {
    result,
    recording: recordingPath,
    run: {
      wallSeconds,
      shards: 1,
      why: "live",
      eventsPerSecond: result.events / wallSeconds,
      virtualSecondsPerSecond: end.end / SECOND / wallSeconds,
      peakMemoryBytes: process.memoryUsage().rss,
      waitingShare: [0],
      live: {
        hostLag: lagOf(end.lag),
        probeLag: Object.fromEntries(probeRoleNames.map((name, role) => [name, lagOf(probeLag[role] ?? new Histogram())])),
        eventLoopDelay: {
          count: delay.count,
          medianMicros: Math.round(delay.percentile(50) / 1000),
          p99Micros: Math.round(delay.percentile(99) / 1000),
          maxMicros: Math.round(delay.max / 1000),
        },
        loadLateness: (load?.boards ?? []).map(({ lateness }, index) => ({
          load: given.load[index]?.name ?? "",
          meanMicros: Math.round(lateness.mean),
          maxMicros: lateness.max,
        })),
        answers: end.answers,
      },
    },
  };
}

/** Nothing can have been rolled out long ago: every process starts now. */
function liveSpec(spec: ScenarioSpec): ScenarioSpec {
  return { ...spec, start: "empty" };
}

/** Hands endpoints to the load whenever the log says that they changed. */
function endpointFeed(spec: ScenarioSpec, cluster: LiveCluster, world: LiveWorld, load: LiveLoad): (now: VirtualTime) => void {
  const reader = new EndpointReader(cluster.endpointLog);
  return (now) => {
    const changed = reader.advance(now);
    if (changed.size === 0) return;
    spec.load.forEach((loadSpec, index) => {
      const number = cluster.tables.serviceNumber(loadSpec.namespace, loadSpec.service);
      const service = cluster.tables.services[number];
      if (service === undefined || !changed.has(number)) return;
      load.setEndpoints(
        index,
        liveEndpoints(reader.pods(number), service, loadSpec, world.addresses, (pod) => cluster.templateOf(pod)),
      );
    });
  };
}

function progressReport(cluster: LiveCluster, load: LiveLoad | null, onProgress: LiveOptions["onProgress"]): (now: VirtualTime) => void {
  let next = 0;
  return (now) => {
    if (onProgress === undefined || now < next) return;
    next = now + PROGRESS_PERIOD;
    onProgress({ virtualTime: now, events: cluster.shard.simulator.events, pods: cluster.shard.progress().pods, lost: load?.lost ?? 0 });
  };
}

function loadResult(
  spec: ScenarioSpec,
  cluster: LiveCluster,
  load: LiveLoad | null,
  losses: Awaited<ReturnType<LiveLoad["stop"]>>,
  shard: ShardResult,
): RecordedLoad {
  const metrics = load?.snapshot() ?? { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: bucketWidthOf(spec.duration) };
  const services = spec.load.map(({ namespace, service }) => cluster.tables.serviceNumber(namespace, service));
  const counts: readonly LossCount[] = lossCounts(losses, services, shard.causes);
  return { metrics, losses: counts };
}

function lagOf(histogram: Histogram): LagFacts {
  const at = (share: number): number => {
    const rank = Math.ceil(histogram.count * share);
    let seen = 0;
    for (let bucket = 0; bucket < histogram.counts.length; bucket++) {
      seen += histogram.counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(highestIn(bucket), histogram.max);
    }
    return histogram.max;
  };
  return {
    count: histogram.count,
    medianMicros: histogram.count === 0 ? 0 : at(0.5),
    p99Micros: histogram.count === 0 ? 0 : at(0.99),
    maxMicros: histogram.max,
  };
}

export interface Replay {
  /** Whether the fingerprint is the recorded one. */
  readonly isSame: boolean;
  /** For people. */
  readonly text: string;
  readonly result: RunResult;
}

/** The recorded answers again, at their instants, against the same control plane and kubelets. */
export async function replayLive(path: string, onStatus: OnStatus | null = null): Promise<Replay> {
  const { header, answers, end: recorded } = readRecording(path);
  const { spec } = header;
  const cluster = new LiveCluster(liveSpec(spec), null, onStatus);
  for (const { at, number, node, input } of answers) cluster.deliver(at, number, node, input);
  const end = recorded?.end ?? (answers.at(-1)?.at ?? 0) + 1;
  cluster.shard.simulator.runUntil(end);
  const load = recorded?.load ?? {
    metrics: { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: bucketWidthOf(spec.duration) },
    losses: [],
  };
  const result = liveResult(spec, cluster.shard.finish(end), load, { end, isPartial: recorded?.isPartial ?? true });
  const isSame = recorded !== null && recorded.fingerprint === result.fingerprint;
  return {
    isSame,
    result,
    text: replayText(spec.name, answers.length, end, result.fingerprint, recorded?.fingerprint ?? null, header.version),
  };
}

function replayText(
  name: string,
  answers: number,
  end: VirtualTime,
  fingerprint: string,
  recorded: string | null,
  version: string,
): string {
  const head = `${name}: ${answers} answers from outside, replayed up to ${formatTime(end)} of virtual time\nfingerprint ${fingerprint}`;
  if (recorded === null) return `${head}\nThe recording was cut off before its end: there is no fingerprint to compare with.`;
  if (recorded === fingerprint) return `${head}, the same as live`;
  const hint = version === VERSION ? "" : ` (recorded by version ${version}, replayed by ${VERSION})`;
  return `${head}, but live it was ${recorded}${hint}`;
}
