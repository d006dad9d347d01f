/** A campaign from its first stored failure to its last line: what was found before goes first, then the cases that are drawn. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { VERSION } from "../../engine/version.ts";
import { plural } from "../../reports/figures.ts";
import { Campaign, type CampaignShard, type FoundFailure } from "../../scenarios/fuzz/campaign.ts";
import { caseText } from "../../scenarios/fuzz/case-text.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { sourceOf, type SourceSpec } from "../../scenarios/fuzz/source-spec.ts";
import type { FailureKind } from "../../scenarios/fuzz/verdict.ts";
import { CasePool } from "../../workers/fuzz/case-pool.ts";
import type { Law } from "../../workers/fuzz/check-case.ts";
import { driveCampaign } from "../../workers/fuzz/host.ts";
import { InFlight } from "../../workers/fuzz/in-flight.ts";
import { Journal } from "../../workers/fuzz/journal.ts";
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { worst } from "../finish.ts";
import type { Interruption } from "../interruption.ts";
import type { Terminal } from "../terminal.ts";
import { prepareFolder, writeText } from "../write.ts";
import { campaignFile, campaignName, campaignsFolder, writeCampaign, type CampaignIdentity } from "./campaign-file.ts";
import { commandOf, examine } from "./examine.ts";
import { FailureStore, failureId, newFailure, type FailureSource, type StoredFailure } from "./failure-store.ts";
import { newFuzzProgress, worstText } from "./fuzz-progress.ts";
import { recheck } from "./recheck.ts";

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
  readonly isQuiet: boolean;
  readonly typed: readonly string[];
}

/** Of a run: thousands of times what a small scenario has. */
export const EVENTS_MAX = 200_000_000;
/** Each so-many-th case runs on two shards as well. */
const TWO_SHARDS_EVERY = 8;
const SELF_LAWS: readonly Law[] = ["at rest"];

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
  private readonly examined = new Map<string, StoredFailure>();
  private examining: Promise<void> = Promise.resolve();

  constructor(plan: CampaignPlan, pool: CasePool, terminal: Terminal, interruption: Interruption) {
    const { source, seed, shard, runs, folder } = plan;
    this.plan = plan;
    this.pool = pool;
    this.terminal = terminal;
    this.interruption = interruption;
    this.store = new FailureStore(folder);
    this.campaign = new Campaign({ source: sourceOf(source), seed, shard, runs });
  }

  async run(): Promise<ExitCode> {
    const { plan, campaign, terminal } = this;
    const until = performance.now() + plan.millisecondsMax;
    const identity = identityOf(plan);
    const name = campaignName(identity, plan.shard);
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
    const isPartial = campaign.runs < campaign.total && plan.runs !== Infinity && !isEnough();
    if (plan.corpusFile !== null) writeFileSync(plan.corpusFile, campaign.corpus.map((found) => `${JSON.stringify(found)}\n`).join(""));
    const path = writeCampaign(plan.folder, name, campaignFile(identity, plan.shard, campaign, isPartial));
    inFlight.remove();
    if (!this.isInterrupted()) journal.remove();
    this.report(path);
    return this.exitCode();
  }

  /** What was found before, in this source. */
  private async recheckStored(): Promise<void> {
    const { origin, source } = this.plan;
    const base = source.type === "self" ? null : source.base;
    for (const stored of this.store.list().filter((each) => isSameSource(each.source, origin))) {
      if (this.isInterrupted()) return;
      if (this.isOwn(stored)) continue;
      const { state, message } = await recheck(stored, base, this.pool);
      const failure = { ...stored, state };
      this.store.write(failure);
      this.terminal.out(`${state} ${stored.id}: ${firstLine(message)}\n`);
      if (state === "STILL FAILS") this.known.set(stored.id, failure);
    }
  }

  /** An interrupted process of this campaign has stored it. */
  private isOwn({ state, seed, index, bucket }: StoredFailure): boolean {
    if (state !== "NEW" || seed !== this.plan.seed) return false;
    return this.campaign.failures.some((found) => found.failure.bucket === bucket && found.index === index);
  }

  /** Different ones, stored ones among them. */
  private get failures(): number {
    const found = this.campaign.failures.filter(({ failure }) => !this.known.has(failureId(failure.bucket)));
    return this.known.size + found.length;
  }

  /** One after the other, beside the campaign. */
  private examineLater({ failure, index, found }: FoundFailure): void {
    const { plan, store, pool } = this;
    const id = failureId(failure.bucket);
    if (this.known.has(id)) return;
    const laws = lawsOf(plan.origin, index);
    const stored = newFailure(failure, { version: VERSION, source: plan.origin, seed: plan.seed, index, laws, drawn: found });
    const before = store.read(id);
    // An interrupted process had come that far.
    const isDone = before !== null && before.smallest !== null && this.isOwn(before);
    const options = { store, pool, shrinks: plan.shrinks, isInterrupted: (): boolean => this.isInterrupted() };
    this.examining = this.examining.then(async () => {
      this.examined.set(id, isDone ? before : await examine(stored, options));
    });
  }

  private isInterrupted(): boolean {
    return this.interruption.code() !== null;
  }

  private report(path: string): void {
    const { plan, campaign, terminal, store } = this;
    const { runs, coverage, failures } = campaign;
    const shard = plan.shard.of === 1 ? "" : `, shard ${plan.shard.index}/${plan.shard.of}`;
    const found = failures.length === 0 ? "no failure" : plural(failures.length, "failure");
    terminal.out(`${plan.name}: ${plural(runs, "run")}, seed ${plan.seed}${shard}: ${found}, coverage ${coverage.size}\n`);
    for (const { failure, count, index } of failures) {
      const id = failureId(failure.bucket);
      const stored = this.examined.get(id) ?? this.known.get(id);
      terminal.out(`\nFAILED ${id}: ${failure.bucket}\n  ${firstLine(stored?.message ?? failure.message)}\n`);
      terminal.out(`  ${plural(count, "run")} of ${runs}, the first is run ${index}${sizeText(stored)}\n`);
      if (stored?.isRepeatable === false) terminal.out("  A fresh thread doesn't see it: a run depends on those before it\n");
      terminal.out(`  Scenario: ${store.folderOf(id)}/scenario.yaml\n  Reproduce: ${commandOf(id, failure.kind, store)}\n`);
    }
    this.reportWorst();
    terminal.out(`\nCampaign: ${path}\n`);
    if (this.isInterrupted()) terminal.error(`Go on: ${commandLine(plan.typed)}\n`);
    else if (this.exitCode() !== ExitCode.passed) terminal.error(`Run again: ${commandLine(plan.typed, plan.seed)}\n`);
  }

  private reportWorst(): void {
    const { plan, campaign, terminal } = this;
    const { maximize } = plan;
    if (maximize === null || campaign.worst === null) return;
    const { value, index, found } = campaign.worst;
    const folder = join(plan.folder, "worst", `${plan.name}-${maximize.metric}`);
    const problem = prepareFolder(folder);
    if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
    const command = commandLine(["run", `${folder}/scenario.yaml`]);
    const { scenario, manifests } = caseText(found, { lines: [`Most ${maximize.metric}: ${worstText(value)}`], command });
    const file = writeText(folder, "scenario.yaml", scenario);
    if (manifests !== "") writeText(folder, "manifests.yaml", manifests);
    terminal.out(`\nMost ${maximize.metric}: ${worstText(value)}, run ${index}: ${file}\n`);
  }

  private exitCode(): ExitCode {
    const kinds = [...this.campaign.failures.map(({ failure }) => failure.kind), ...[...this.known.values()].map(({ kind }) => kind)];
    return this.interruption.code() ?? codeOfFailures(kinds);
  }
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

function isSameSource(one: FailureSource, other: FailureSource): boolean {
  return one.type === "self" ? other.type === "self" : other.type === "scenario" && one.file === other.file;
}

function sizeText(stored: StoredFailure | undefined): string {
  if (stored === undefined || stored.smallest === null || isEqual(stored.smallest, stored.drawn)) return "";
  const { scenario, manifests } = caseText(stored.smallest, { lines: [], command: "" });
  const lines = [...scenario.split("\n"), ...manifests.split("\n")].filter((line) => line !== "" && !line.startsWith("#")).length;
  return `; shrunk to ${plural(lines, "line")}`;
}

function isEqual(one: FuzzCase, other: FuzzCase): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
