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

/** The file is no recording that can be replayed: `file:line: found X, expected Y`. */
export class RecordingError extends Error {
  constructor(place: string, found: string, expected: string) {
    super(`${place}: found ${found}, expected ${expected}`);
    this.name = "RecordingError";
  }
}

const HEADER = `the header of a live run's recording (format ${RECORDING_FORMAT})`;

/** Reads a recording up to its last whole line; throws a RecordingError when it isn't one. */
export function readRecording(path: string): Recording {
  const lines = readText(path).split("\n");
  const header = headerOf(path, lines[0] ?? "");
  // Whole lines end in a newline: the run may have been killed while it wrote the last one.
  const last = lines.findLastIndex((line) => line !== "");
  const answers: RecordedAnswer[] = [];
  let end: RecordedEnd | null = null;
  for (let at = 1; at <= last; at++) {
    const value = parsedLine(lines[at]!);
    if (value === undefined && at === last) break;
    const place = `${path}:${at + 1}`;
    if (isAnswer(value)) {
      if (value.node >= header.spec.nodes.length)
        throw new RecordingError(place, `an answer for node ${value.node}`, `one of the ${header.spec.nodes.length} nodes`);
      answers.push(value);
    } else if (isEnd(value)) end = value;
    else throw new RecordingError(place, wordsOf(value), "an answer from outside or the end of the run");
  }
  return { header, answers, end };
}

function headerOf(path: string, line: string): RecordedHeader {
  const value = parsedLine(line);
  const place = `${path}:1`;
  if (!isRecord(value) || value["format"] !== RECORDING_FORMAT)
    throw new RecordingError(place, line === "" ? "nothing" : wordsOf(value), HEADER);
  const spec = value["spec"];
  if (!isRecord(spec) || !Array.isArray(spec["nodes"]) || !Array.isArray(spec["load"]) || !Array.isArray(spec["objects"]))
    throw new RecordingError(place, "a header without the specification of a run", HEADER);
  return value as unknown as RecordedHeader;
}

function isAnswer(value: unknown): value is RecordedAnswer {
  if (!isRecord(value) || !isRecord(value["input"])) return false;
  return [value["at"], value["number"], value["node"]].every(Number.isSafeInteger) && typeof value["input"]["kind"] === "string";
}

function isEnd(value: unknown): value is RecordedEnd {
  return isRecord(value) && Number.isSafeInteger(value["end"]) && typeof value["fingerprint"] === "string" && isRecord(value["load"]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wordsOf(value: unknown): string {
  return value === undefined ? "a line that isn't JSON" : "something else in JSON";
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const words: Readonly<Record<string, string>> = {
      ENOENT: "no such file",
      ENOTDIR: "no such file",
      EISDIR: "a directory",
      EACCES: "a file that may not be read",
    };
    throw new RecordingError(path, words[code] ?? `a file that can't be read (${code})`, "the recording of a live run (live-run.ndjson)");
  }
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
