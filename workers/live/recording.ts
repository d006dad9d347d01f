/**
 * The recording of a live run, one JSON value a line: a header with the spec, then every answer from
 * outside with its instant, then the end. With it the run is repeated in virtual time to the same
 * fingerprint. Written as the run goes on, so a crash loses at most the last lines.
 */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { VirtualTime } from "../../engine/kernel/time.ts";
import type { KubeletInput } from "../../engine/kubernetes/kubelet/inputs.ts";
import type { LossCount } from "../../engine/result.ts";
import type { RecorderSnapshot } from "../../engine/metrics/recorder.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";

export const RECORDING_FORMAT = "podstorm.dev/live-run/v1";

export interface RecordedHeader {
  readonly format: typeof RECORDING_FORMAT;
  readonly version: string;
  readonly spec: ScenarioSpec;
}

export interface RecordedAnswer {
  readonly at: VirtualTime;
  readonly number: number;
  readonly node: number;
  readonly input: KubeletInput;
}

/** What the load measured: the one part of a live result that the model can't repeat. */
export interface RecordedLoad {
  readonly metrics: RecorderSnapshot;
  readonly losses: readonly LossCount[];
}

export interface RecordedEnd {
  readonly end: VirtualTime;
  readonly fingerprint: string;
  readonly isPartial: boolean;
  readonly load: RecordedLoad;
}

export interface Recording {
  readonly header: RecordedHeader;
  readonly answers: readonly RecordedAnswer[];
  /** Null: the run that wrote it was cut off. */
  readonly end: RecordedEnd | null;
}

export class RecordingWriter {
  private readonly file: number;
  private lines: string[] = [];

  constructor(path: string, header: RecordedHeader) {
    this.file = openSync(path, "w");
    this.add(header);
    this.flush();
  }

  answer(answer: RecordedAnswer): void {
    this.add(answer);
  }

  flush(): void {
    if (this.lines.length === 0) return;
    writeSync(this.file, this.lines.join(""));
    this.lines = [];
  }

  close(end: RecordedEnd): void {
    this.add(end);
    this.flush();
    closeSync(this.file);
  }

  private add(value: object): void {
    this.lines.push(`${JSON.stringify(value, withInfinity)}\n`);
  }
}

/** Reads a recording; throws an Error with a clear word when it isn't one. */
export function readRecording(path: string): Recording {
  const values: unknown[] = [];
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (line === "") continue;
    const value = parsedLine(line);
    // Only the last line may be torn (the run was killed while it wrote).
    if (value === undefined && values.length > 0) break;
    if (value === undefined) throw new Error(`${path}:${index + 1}: not a line of JSON`);
    values.push(value);
  }
  const header = values[0] as RecordedHeader | undefined;
  if (header?.format !== RECORDING_FORMAT)
    throw new Error(`${path}:1: not a recording of a live run (expected format ${RECORDING_FORMAT})`);
  const answers: RecordedAnswer[] = [];
  let end: RecordedEnd | null = null;
  for (const value of values.slice(1) as (RecordedAnswer | RecordedEnd)[]) {
    if ("input" in value) answers.push(value);
    else end = value;
  }
  return { header, answers, end };
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line, fromInfinity);
  } catch {
    return undefined;
  }
}

/** JSON has no Infinity, but "to the end" is one. */
function withInfinity(_key: string, value: unknown): unknown {
  return value === Infinity ? { number: "Infinity" } : value;
}

function fromInfinity(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return (value as { number?: unknown }).number === "Infinity" ? Infinity : value;
}
