/** A campaign from its first stored failure to its last line: what was found before goes first, then the cases that are drawn. */
import { createHash } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { VERSION } from "../../engine/version.ts";
import { plural } from "../../reports/figures.ts";
import { Campaign, type CampaignShard, type FoundFailure } from "../../scenarios/fuzz/campaign.ts";
import { caseLines, caseText, scenarioLines } from "../../scenarios/fuzz/case-text.ts";
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { neverReached, wantedBy } from "../../scenarios/fuzz/sometimes-reached.ts";
import { sourceOf, type SourceSpec } from "../../scenarios/fuzz/source-spec.ts";
import { storyLines } from "../../scenarios/fuzz/story.ts";
import type { FailureKind } from "../../scenarios/fuzz/verdict.ts";
import { CasePool } from "../../workers/fuzz/case-pool.ts";
import type { Law } from "../../workers/fuzz/check-case.ts";
import { driveCampaign } from "../../workers/fuzz/host.ts";
import { InFlight } from "../../workers/fuzz/in-flight.ts";
import { Journal } from "../../workers/fuzz/journal.ts";
import { runHere } from "../../workers/run.ts";
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { worst } from "../finish.ts";
import type { Interruption } from "../interruption.ts";
import type { Terminal } from "../terminal.ts";
import { prepareFolder, writeText } from "../write.ts";
import { campaignFile, campaignName, campaignsFolder, keepingEarlier, writeCampaign, type CampaignIdentity } from "./campaign-file.ts";
import { CampaignLock } from "./campaign-lock.ts";
import { commandOf, examine, replayOf } from "./examine.ts";
import { FailureStore, failureId, isSameSource, namedFiles, newFailure, type FailureSource, type StoredFailure } from "./failure-store.ts";
import { newFuzzProgress, worstText } from "./fuzz-progress.ts";
import { recheckUntil } from "./recheck.ts";

export interface CampaignPlan {
  /** `self`, or the scenario's name. */
  readonly name: string;
  readonly origin: FailureSource;
  readonly source: SourceSpec;
  readonly seed: number;
  /** Infinity: until the time is over. */
  readonly runs: number;
  /** Infinity: as many as the runs take. */
  readonly millisecondsMax: number;
  /** Different failures after which it ends. */
  readonly failuresMax: number;
  readonly shard: CampaignShard;
  readonly threads: number;
  readonly shrinks: boolean;
  readonly maximize: ThresholdSpec | null;
  readonly folder: string;
  /** Where cases that reached something new are written, a line each; null: nowhere. */
  readonly corpusFile: string | null;
  /** An earlier campaign of this call has written there. */
  readonly appendsCorpus: boolean;
  readonly isQuiet: boolean;
  readonly typed: readonly string[];
}

/** Of a run: thousands of times what a small scenario has. */
export const EVENTS_MAX = 200_000_000;
/** Each so-many-th case runs on two shards as well. */
const TWO_SHARDS_EVERY = 8;
const SELF_LAWS: readonly Law[] = ["at rest"];
/** Once the time is over, what is under way may come to its end; the failure that was found is repeated and shrunk. */
const CUT_MS = 1_000;
const EXAMINE_MS = 30_000;
/** Of Node.js: longer ones fire at once. */
const TIMER_MAX = 2 ** 31 - 1;

export async function runCampaign(plan: CampaignPlan, terminal: Terminal, interruption: Interruption): Promise<ExitCode> {
  const { maximize, threads } = plan;
  const check = { isCoverageWanted: true, maximize, eventsMax: EVENTS_MAX };
  const pool = new CasePool({ threads, check });
  try {
    return await new Conductor(plan, pool, terminal, interruption).run();
  } finally {
    await pool.close();
  }
}

class Conductor {
  private readonly plan: CampaignPlan;
  private readonly pool: CasePool;
  private readonly terminal: Terminal;
  private readonly interruption: Interruption;
  private readonly store: FailureStore;
  private readonly campaign: Campaign;
  /** Stored ones that still fail, by ID. */
  private readonly known = new Map<string, StoredFailure>();
  /** A stored failure had no time. */
  private isUnchecked = false;
  private readonly examined = new Map<string, StoredFailure>();
  private examining: Promise<void> = Promise.resolve();
  private readonly over: AbortSignal;
  private readonly examinationOver: AbortSignal;

  constructor(plan: CampaignPlan, pool: CasePool, terminal: Terminal, interruption: Interruption) {
    const { source, seed, shard, runs, folder } = plan;
    this.plan = plan;
    this.pool = pool;
    this.terminal = terminal;
    this.interruption = interruption;
    this.store = new FailureStore(folder);
    this.campaign = new Campaign({ source: sourceOf(source), seed, shard, runs });
    this.over = signalAfter(plan.millisecondsMax + CUT_MS, interruption.signal);
    this.examinationOver = signalAfter(plan.millisecondsMax + EXAMINE_MS, interruption.signal);
  }

  async run(): Promise<ExitCode> {
    const { plan, terminal } = this;
    const identity = identityOf(plan);
    const name = campaignName(identity, plan.shard);
    const lock = CampaignLock.take(join(campaignsFolder(plan.folder), `${name}.lock`));
    if (typeof lock === "string") {
      terminal.error(`${plan.name}: found ${lock}, expected nobody: wait for its end, or take another --dir\n`);
      return ExitCode.badInput;
    }
    try {
      return await this.runAlone(identity, name);
    } finally {
      lock.release();
    }
  }

  private async runAlone(identity: CampaignIdentity, name: string): Promise<ExitCode> {
    const { plan, campaign, terminal } = this;
    const until = performance.now() + plan.millisecondsMax;
    const journal = Journal.open(join(campaignsFolder(plan.folder), `${name}.journal`), { ...identity, ...plan.shard }, campaign);
    const inFlight = new InFlight(join(campaignsFolder(plan.folder), `${name}.in-flight`));
    await this.recheckStored();
    if (campaign.runs > 0) terminal.error(`${plan.name}: going on after ${plural(campaign.runs, "run")} of an interrupted campaign\n`);
    for (const failure of campaign.failures) this.examineLater(failure);
    const progress = newFuzzProgress(plan.name, terminal, plan.isQuiet, campaign.runs);
    const isEnough = (): boolean => this.failures >= plan.failuresMax;
    const isOver = (): boolean => this.isInterrupted() || isEnough() || performance.now() >= until;
    await driveCampaign(campaign, this.pool, {
      source: plan.source,
      inFlight,
      lawsOf: (index) => lawsOf(plan.origin, index),
      isOver,
      over: this.over,
      onOutcome: (outcome, news) => {
        journal.note(outcome, news);
        if (news.isNewFailure) this.examineLater(campaign.failures.at(-1)!);
      },
      onBatch: () => {
        journal.write();
        const { runs, total, coverage } = campaign;
        progress.update({ runs, total, failures: this.failures, coverage: coverage.size, worst: campaign.worst?.value ?? null });
      },
    });
    progress.end();
    await this.examining;
    const isWhole = campaign.runs >= campaign.total || campaign.failures.length >= plan.failuresMax;
    const isPartial = !isWhole && (plan.runs !== Infinity || this.known.size > 0);
    this.writeCorpus();
    const known = [...this.known.values()];
    const file = campaignFile(campaign, { identity, shard: plan.shard, source: plan.origin, isPartial, wanted: this.wanted, known });
    const path = writeCampaign(plan.folder, name, keepingEarlier(plan.folder, name, file));
    inFlight.remove();
    if (!this.isInterrupted()) journal.remove();
    await this.report(path);
    return this.exitCode();
  }

  private writeCorpus(): void {
    const { corpusFile, appendsCorpus } = this.plan;
    if (corpusFile === null) return;
    const text = this.campaign.corpus.map((found) => `${JSON.stringify(found)}\n`).join("");
    if (appendsCorpus) appendFileSync(corpusFile, text);
    else writeFileSync(corpusFile, text);
  }

  /** What was found before, in this source. */
  private async recheckStored(): Promise<void> {
    const { origin, source } = this.plan;
    for (const id of this.store.unreadable())
      this.terminal.out(`ERROR ${id}: ${this.store.folderOf(id)}/failure.json is no failure any more: restore it, or remove its folder\n`);
    const base = source.type === "self" ? null : source.base;
    for (const stored of this.store.list().filter((each) => isSameSource(each.source, origin))) {
      if (this.isInterrupted()) return;
      if (this.isOwn(stored)) continue;
      const found = await recheckUntil(this.over, stored, base, this.pool);
      if (found === null) {
        this.terminal.out(`NOT CHECKED ${stored.id}: the time was over before its run came to an end\n`);
        this.isUnchecked = true;
        continue;
      }
      const { state, message } = found;
      const failure = { ...stored, state };
      this.store.write(failure);
      this.terminal.out(`${state} ${stored.id}: ${firstLine(message)}\n`);
      if (state === "STILL FAILS") this.known.set(stored.id, { ...failure, message });
    }
  }

  /** An interrupted process of this campaign has stored it. */
  private isOwn({ state, seed, index, bucket, drawn, source }: StoredFailure): boolean {
    if (state !== "NEW" || seed !== this.plan.seed || !isSameSource(source, this.plan.origin)) return false;
    return this.campaign.failures.some(
      ({ failure, ...found }) => failure.bucket === bucket && found.index === index && isEqual(found.found, drawn),
    );
  }

  private idOf(bucket: string): string {
    return failureId(this.plan.origin, bucket);
  }

  /** Different ones, stored ones among them. */
  private get failures(): number {
    const found = this.campaign.failures.filter(({ failure }) => !this.known.has(this.idOf(failure.bucket)));
    return this.known.size + found.length;
  }

  /** One after the other, beside the campaign. */
  private examineLater({ failure, index, found }: FoundFailure): void {
    const { plan, store, pool } = this;
    const id = this.idOf(failure.bucket);
    if (this.known.has(id)) return;
    const laws = lawsOf(plan.origin, index);
    const stored = newFailure(failure, { version: VERSION, source: plan.origin, seed: plan.seed, index, laws, drawn: found });
    const before = store.read(id);
    // An interrupted process had come that far.
    const isDone = before !== null && before.smallest !== null && this.isOwn(before);
    const over = this.examinationOver;
    const options = { store, pool, shrinks: plan.shrinks, over, isInterrupted: (): boolean => this.isInterrupted() };
    this.examining = this.examining.then(async () => {
      this.examined.set(id, isDone ? before : await examine(stored, options));
    });
  }

  private isInterrupted(): boolean {
    return this.interruption.code() !== null;
  }

  private async report(path: string): Promise<void> {
    const { plan, campaign, terminal, store } = this;
    const { runs, coverage, failures } = campaign;
    const shard = plan.shard.of === 1 ? "" : `, shard ${plan.shard.index}/${plan.shard.of}`;
    const before = this.known.size === 0 ? "" : ` (${this.known.size} stored before)`;
    const found = this.failures === 0 ? "no failure" : `${plural(this.failures, "failure")}${before}`;
    terminal.out(`${plan.name}: ${plural(runs, "run")}, seed ${plan.seed}${shard}: ${found}, coverage ${coverage.size}\n`);
    if (this.isUntested) terminal.out("No run came to its end before the time was over: nothing was tested\n");
    for (const { failure, count, index } of failures) {
      const id = this.idOf(failure.bucket);
      const stored = this.examined.get(id) ?? this.known.get(id);
      terminal.out(`\nFAILED ${id}: ${failure.bucket}\n  ${firstLine(stored?.message ?? failure.message)}\n`);
      terminal.out(`  ${plural(count, "run")} of ${runs}, the first is run ${index}${sizeText(stored)}\n`);
      if (stored?.isRepeatable === false) terminal.out("  A fresh thread doesn't see it: a run depends on those before it\n");
      terminal.out(`  Scenario: ${store.folderOf(id)}/scenario.yaml\n  Reproduce: ${commandOf(id, failure.kind, store)}\n`);
    }
    this.reportKnown();
    terminal.out(unreachedText(this.unreached, runs));
    await this.reportWorst();
    terminal.out(`\nCampaign: ${path}\n`);
    if (this.isInterrupted()) terminal.error(`Go on: ${commandLine(plan.typed)}\n`);
    else if (this.exitCode() !== ExitCode.passed) terminal.error(`Run again: ${commandLine(plan.typed, plan.seed)}\n`);
  }

  /** Those that no run of this campaign has come upon. */
  private reportKnown(): void {
    const { plan, campaign, terminal, store, known } = this;
    const found = new Set(campaign.failures.map(({ failure }) => this.idOf(failure.bucket)));
    for (const { id, bucket, message, seed, index } of known.values()) {
      if (found.has(id)) continue;
      terminal.out(
        `\nSTILL FAILS ${id}: ${bucket}\n  ${firstLine(message)} (as drawn, not as shrunk)\n  Stored before: run ${index} of seed ${seed}\n`,
      );
      terminal.out(`  Scenario: ${store.folderOf(id)}/scenario.yaml\n  Reproduce: ${replayOf(id, store)}\n`);
    }
    if (known.size >= plan.failuresMax && campaign.runs < campaign.total)
      terminal.out(
        `\nWhat is stored still fails, so no more was searched: --continue-on-failure or --max-failures ${known.size + 1} goes on\n`,
      );
  }

  private async reportWorst(): Promise<void> {
    const { plan, campaign, terminal } = this;
    const { maximize } = plan;
    if (maximize === null || campaign.worst === null) return;
    const { value, index, found } = campaign.worst;
    // Scenarios of one name, and other seeds, have their own.
    const folder = join(plan.folder, "worst", `${campaignName(identityOf(plan), plan.shard)}-${maximize.metric}`);
    const most = `Most ${maximize.metric}: ${worstText(value)}`;
    const { spec } = readCase(found);
    const lines = spec === null || this.isInterrupted() ? [] : storyLines(await runHere(spec, 1), "").slice(1);
    const files = caseText(found, { lines: [most, ...lines], command: commandLine(["run", `${folder}/scenario.yaml`]) });
    for (const [name, text] of namedFiles(files)) {
      const problem = prepareFolder(dirname(join(folder, name)));
      if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
      writeText(folder, name, text);
    }
    terminal.out(`\n${most}, run ${index}: ${join(folder, "scenario.yaml")}\n`);
  }

  private get wanted(): readonly string[] {
    const { source } = this.plan;
    return source.type === "self" ? [] : wantedBy(source.base);
  }

  /** Told of a search that came to its end. */
  private get unreached(): readonly string[] {
    if (this.failures > 0 || this.isInterrupted()) return [];
    return neverReached(this.wanted, this.campaign.coverage);
  }

  /** The time was too short for a single run. */
  private get isUntested(): boolean {
    return this.campaign.runs === 0 && this.failures === 0 && this.over.aborted && !this.isInterrupted();
  }

  /** A machine's part needn't reach what the others may: `merge` judges the whole. */
  private exitCode(): ExitCode {
    const isVacuous = this.isUntested || this.isUnchecked || (this.plan.shard.of === 1 && this.unreached.length > 0);
    const kinds = [...this.campaign.failures.map(({ failure }) => failure.kind), ...[...this.known.values()].map(({ kind }) => kind)];
    return this.interruption.code() ?? (isVacuous && kinds.length === 0 ? ExitCode.thresholdFailed : codeOfFailures(kinds));
  }
}

/** Of `sometimes`: what was never tested. */
export function unreachedText(names: readonly string[], runs: number): string {
  return names.map((name) => `\nNEVER REACHED in ${plural(runs, "run")}: ${name}\n`).join("");
}

export function codeOfFailures(kinds: readonly FailureKind[]): ExitCode {
  const codes = kinds.map((kind) => {
    if (kind === "threshold") return ExitCode.thresholdFailed;
    return kind === "determinism" ? ExitCode.determinismFailed : ExitCode.invariantViolated;
  });
  return worst(codes);
}

/** Each on a schedule of its own, so that a case is held to the same laws on whichever machine. */
export function lawsOf(origin: FailureSource, index: number): readonly Law[] {
  const laws = origin.type === "self" ? SELF_LAWS : [];
  return index % TWO_SHARDS_EVERY === TWO_SHARDS_EVERY - 1 ? [...laws, "two shards"] : laws;
}

/** A few draws say what is drawn. */
function identityOf({ name, source, seed, maximize }: CampaignPlan): CampaignIdentity {
  const cases = sourceOf(source);
  const drawn = Array.from({ length: 8 }, (_, index) => cases.draw(seed, index, []));
  const digest = createHash("sha256").update(JSON.stringify(drawn)).digest("hex").slice(0, 16);
  return { name, version: VERSION, seed, digest, maximize: maximize?.metric ?? null };
}

function sizeText(stored: StoredFailure | undefined): string {
  if (stored === undefined || stored.smallest === null || isEqual(stored.smallest, stored.drawn)) return "";
  const [all, own] = [caseLines(stored.smallest), scenarioLines(stored.smallest)];
  const isPersons = stored.source.type === "scenario" && all > own;
  return `; shrunk to ${isPersons ? `${plural(own, "line")}, beside ${all - own} of its manifests` : plural(all, "line")}`;
}

/** Aborted so many milliseconds from now, or a moment after an interruption. */
function signalAfter(milliseconds: number, interruption: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const later = (wait: number): void => void setTimeout(() => controller.abort(), Math.min(wait, TIMER_MAX)).unref();
  if (milliseconds < TIMER_MAX) later(milliseconds);
  interruption.addEventListener("abort", () => later(CUT_MS), { once: true });
  return controller.signal;
}

function isEqual(one: FuzzCase, other: FuzzCase): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
