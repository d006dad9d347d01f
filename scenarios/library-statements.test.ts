/**
 * What each scenario of the library must show, from the text of its example alone: statements.yaml, held against
 * views of the run as kubectl prints them (`shows`), fields of the API's objects (`fields`), numbers of objects like
 * these (`totals`), ends of actions (`outcomes`) and counts of what was measured (`counts`), at one instant or throughout
 * a time, under one seed or several. Unlike expected.json nothing writes these files anew.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildShard } from "../engine/cluster.ts";
import { MINUTE, SECOND, type VirtualTime } from "../engine/kernel/time.ts";
import type { ApiSnapshot } from "../engine/kubernetes/views/api-object.ts";
import { isSeriesOf, labelsOf } from "../engine/metrics/catalogue.ts";
import type { ShardResult } from "../engine/result.ts";
import { parseTimestamp } from "../engine/values/calendar.ts";
import { parseDuration } from "../engine/values/duration.ts";
import { percentilesOf } from "../reports/hdr.ts";
import { describePod } from "../reports/kubectl/describe.ts";
import { findKind } from "../reports/kubectl/kinds.ts";
import { formatTable } from "../reports/kubectl/tables.ts";
import { modelFacts } from "../workers/model.ts";
import { formatIssues } from "./issues.ts";
import { loadScenario } from "./load.ts";
import { parseYaml } from "./yaml.ts";

type Scalar = string | number | boolean | null;
/** A value; a bound on numbers or instants; a part of a text. Null: no such field. */
type Expected = Scalar | { readonly from: number | string; readonly until: number | string } | { readonly contains: string };

interface Statement {
  readonly says: string;
  /** One instant, or each of a time. */
  readonly at: string | { readonly from: string; readonly until: string; readonly every: string };
  /** Seeds 1 to so many; left out: the scenario's own. */
  readonly seeds?: number;
  /** What is different from the scenario, as `--set` takes it: `kubernetesVersion=1.20`. */
  readonly with?: readonly string[];
  /** `pod/NAME`, `node/NAME`, `event/NAME/REASON` → path → value. Null: no such object. */
  readonly fields?: Readonly<Record<string, Readonly<Record<string, Expected>> | null>>;
  /** `get KIND` or `describe pod NAME` → lines that stand in it in this order, blanks aside. */
  readonly shows?: Readonly<Record<string, string>>;
  /** Series, or metrics with some of their tags → measurements up to that instant, summed up. */
  readonly counts?: Readonly<Record<string, Expected>>;
  /** `p95 request_duration{load=shop}` → that percentile in seconds, up to that instant. */
  readonly percentiles?: Readonly<Record<string, Expected>>;
  /** How many objects of a kind have these fields. */
  readonly totals?: readonly { readonly of: string; readonly where?: Readonly<Record<string, Expected>>; readonly count: Expected }[];
  /** Texts of actions, as the report has them → the last line that the operator reads. */
  readonly outcomes?: Readonly<Record<string, Expected>>;
}

interface Moment {
  readonly at: VirtualTime;
  readonly snapshot: ApiSnapshot;
  /** Of the last moment alone. */
  readonly measured: ShardResult | null;
}

const library = join(import.meta.dirname, "library");
const folders = readdirSync(library)
  .filter((folder) => existsSync(join(library, folder, "statements.yaml")))
  .sort();

describe.each(folders)("%s", (folder) => {
  const file = join(library, folder, "statements.yaml");
  const { documents, issues } = parseYaml(readFileSync(file, "utf8"), file);
  if (issues.length > 0) throw new Error(formatIssues(issues));
  const statements = documents[0]!.value as readonly Statement[];
  const runs = new Map<string, readonly Moment[]>();

  test.each(statements.map((statement) => [statement.says, statement] as const))("%s", (_says, statement) => {
    const { at, seeds, with: set = [], fields = {}, shows = {}, counts = {}, percentiles = {}, totals = [], outcomes = {} } = statement;
    for (const seed of seeds === undefined ? [null] : Array.from({ length: seeds }, (_, index) => index + 1)) {
      const key = JSON.stringify([seed, at, set]);
      for (const moment of remembered(runs, key, () => momentsOf(folder, seed, set, instantsOf(at)))) {
        const { snapshot, measured } = moment;
        const where = `${[folder, ...set].join(" ")}${seed === null ? "" : `, seed ${seed}`}, at ${moment.at / SECOND}s`;
        for (const [object, values] of Object.entries(fields)) checkFields(snapshot, object, values, where);
        for (const [command, lines] of Object.entries(shows)) checkLines(printed(snapshot, command), lines, `${where}, ${command}`);
        for (const total of totals) checkTotal(snapshot, total, where);
        if (measured === null) continue;
        for (const [series, value] of Object.entries(counts)) check(countOf(measured, series), value, `${where}, ${series}`);
        for (const [series, value] of Object.entries(percentiles)) check(percentileOf(measured, series), value, `${where}, ${series}`);
        for (const [text, value] of Object.entries(outcomes)) check(outcomeOf(measured, text), value, `${where}, ${text}`);
      }
    }
    expect(
      Object.keys({ ...fields, ...shows, ...counts, ...percentiles, ...outcomes }).length + totals.length,
      "a statement must state something",
    ).not.toBe(0);
  });
});

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function instantsOf(at: Statement["at"]): readonly VirtualTime[] {
  if (typeof at === "string") return [timeOf(at)];
  const [from, until, every] = [timeOf(at.from), timeOf(at.until), timeOf(at.every)];
  return Array.from({ length: Math.floor((until - from) / every) + 1 }, (_, index) => from + index * every);
}

function momentsOf(folder: string, seed: number | null, set: readonly string[], instants: readonly VirtualTime[]): readonly Moment[] {
  const { spec, issues } = loadScenario(join(library, folder, "scenario.yaml"), { set, ...(seed === null ? {} : { seed }) });
  if (spec === null) throw new Error(formatIssues(issues));
  const last = instants.at(-1)!;
  if (last > spec.duration) throw new Error(`found an instant of ${last / SECOND}s, expected at most ${spec.duration / SECOND}s`);
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const shard = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, events: true });
  return instants.map((at) => {
    shard.simulator.runUntil(at);
    return { at, snapshot: shard.snapshot(at), measured: at === last ? shard.finish(at) : null };
  });
}

function outcomeOf({ control }: ShardResult, text: string): string {
  const texts = control!.actions.map((action) => action.text);
  expect(texts).toContain(text);
  return control!.actions.find((action) => action.text === text)!.outcome?.text ?? "";
}

// ── figures ──

function countOf({ metrics: { histograms, counters } }: ShardResult, series: string): number {
  const metric = series.replace(/\{.*/, "");
  const tags = labelsOf(series, metric)!;
  return [...Object.entries(histograms).map(([name, { count }]) => [name, count] as const), ...Object.entries(counters)]
    .filter(([name]) => isSeriesOf(name, metric, tags))
    .reduce((sum, [, count]) => sum + count, 0);
}

function percentileOf({ metrics: { histograms } }: ShardResult, text: string): number {
  const [, percent, series] = /^p(\d+) (.+)$/.exec(text)!;
  expect(Object.keys(histograms)).toContain(series);
  return percentilesOf(histograms[series!]!)(Number(percent)) / SECOND;
}

// ── fields ──

function checkFields(snapshot: ApiSnapshot, object: string, values: Readonly<Record<string, Expected>> | null, where: string): void {
  const found = objectOf(snapshot, object);
  if (values === null) return expect(found, `${where}: ${object}`).toBeUndefined();
  expect(found, `${where}: no ${object}`).toBeDefined();
  for (const [path, value] of Object.entries(values)) check(fieldOf(found, path), value, `${where}, ${object} ${path}`);
}

function checkTotal(snapshot: ApiSnapshot, { of, where = {}, count }: NonNullable<Statement["totals"]>[number], when: string): void {
  const found = snapshot[findKind(of)!.plural].filter((object) =>
    Object.entries(where).every(([path, value]) => isLike(fieldOf(object, path), value)),
  );
  const names = found.map(({ metadata }) => metadata.name).join(", ");
  check(found.length, count, `${when}, ${of} with ${JSON.stringify(where)}: ${names}`);
}

function isLike(found: unknown, expected: Expected): boolean {
  if (expected === null) return found === undefined;
  if (typeof expected !== "object") return found === expected;
  if ("contains" in expected) return typeof found === "string" && found.includes(expected.contains);
  if (found === undefined) return false;
  const number = numberOf(found);
  return number >= numberOf(expected.from) && number <= numberOf(expected.until);
}

function objectOf(snapshot: ApiSnapshot, object: string): unknown {
  const [kind = "", name = "", reason] = object.split("/");
  if (kind === "event") return snapshot.events.find((event) => event.involvedObject.name === name && event.reason === reason);
  return snapshot[findKind(kind)!.plural].find(({ metadata }) => metadata.name === name);
}

/** Entries of lists go by their `name` or `type`. */
function fieldOf(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split(".")) {
    if (Array.isArray(value)) value = value.find((entry: { name?: string; type?: string }) => entry.name === key || entry.type === key);
    else value = (value as Readonly<Record<string, unknown>> | undefined)?.[key];
  }
  return value;
}

function check(found: unknown, expected: Expected, where: string): void {
  if (expected === null) return expect(found, where).toBeUndefined();
  if (typeof expected !== "object") return expect(found, where).toBe(expected);
  if ("contains" in expected) return expect(found, where).toContain(expected.contains);
  const number = numberOf(found);
  expect(number, `${where}: ${String(found)}`).toBeGreaterThanOrEqual(numberOf(expected.from));
  expect(number, `${where}: ${String(found)}`).toBeLessThanOrEqual(numberOf(expected.until));
}

/** Instants and durations in seconds of the run. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  const text = String(value);
  return (text.includes("T") ? parseTimestamp(text) : timeOf(text)) / SECOND;
}

function timeOf(text: string): VirtualTime {
  const time = parseDuration(text);
  if (time === null || time > 200 * MINUTE) throw new Error(`found ${text}, expected a duration, such as 93s`);
  return time;
}

// ── kubectl's words ──

function printed(snapshot: ApiSnapshot, command: string): string {
  const [verb, word = "", name] = command.split(" ");
  if (verb === "describe")
    return describePod(
      snapshot.pods.find(({ metadata }) => metadata.name === name)!,
      snapshot,
    );
  const kind = findKind(word)!;
  return formatTable(kind, snapshot[kind.plural], snapshot, { isWide: false, hasNamespaces: false, hasKinds: false });
}

function checkLines(text: string, lines: string, where: string): void {
  const there = text.split("\n").map(plain);
  let from = 0;
  for (const line of lines.split("\n").map(plain)) {
    if (line === "") continue;
    const index = there.findIndex((candidate, position) => position >= from && candidate === line);
    if (index === -1) throw new Error(`${where}: expected the line\n  ${line}\nbelow line ${from} of\n${text}`);
    from = index + 1;
  }
}

function plain(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}
