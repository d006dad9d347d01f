/** `podstorm merge`: the parts of a campaign that several machines ran become one: runs add up, failures and coverage join. */
import { plural } from "../../reports/figures.ts";
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { byCampaign, mergedCampaign, mergedName, readCampaigns, writeCampaign, type CampaignFile } from "../fuzz/campaign-file.ts";
import { commandOf, replayOf } from "../fuzz/examine.ts";
import { FailureStore, type StoredFailure } from "../fuzz/failure-store.ts";
import { worstText } from "../fuzz/fuzz-progress.ts";
import { codeOfFailures, unreachedText } from "../fuzz/run-campaign.ts";
import { neverReached } from "../../scenarios/fuzz/sometimes-reached.ts";
import type { Terminal } from "../terminal.ts";
import { prepareFolder } from "../write.ts";
import type { Command } from "./command.ts";
import { podstormFolderOption } from "./fuzz.ts";

export const merge: Command = {
  parameters: [["<folder...>", "folders of campaigns: the --dir of each machine"]],
  description:
    "Joins the parts of fuzz campaigns (--shard i/n): runs are summed up, failures and coverage joined and kept with those of this folder.",
  options: [{ ...podstormFolderOption, meaning: "where the whole is kept" }],
  examples: [["podstorm merge part-1 part-2 part-3", "exit code as of one campaign: 98 and 99 for failures found by any part"]],
  async run({ parameters, options, terminal, typed }) {
    const folder = (options["dir"] as string | undefined) ?? ".podstorm";
    const campaigns = parameters.map((part) => ({ part, files: readCampaigns(part) }));
    const empty = campaigns.filter(({ files }) => files.length === 0).map(({ part }) => part);
    if (empty.length > 0) {
      for (const part of empty) terminal.error(`${part}: found no campaign, expected the --dir of a podstorm fuzz\n`);
      terminal.error(`Run again: ${commandLine(typed)}\n`);
      return ExitCode.badInput;
    }
    const store = new FailureStore(folder);
    const problem = prepareFolder(store.folder);
    if (problem !== null) {
      terminal.error(`--dir ${folder}: found ${problem}, expected a folder that can be written\nRun again: ${commandLine(typed)}\n`);
      return ExitCode.badInput;
    }
    for (const part of parameters.map((each) => new FailureStore(each)))
      for (const id of part.unreadable()) terminal.error(`ERROR ${id}: ${part.folderOf(id)}/failure.json is no failure any more\n`);
    const stored = parameters.flatMap((part) => new FailureStore(part).list().map((failure) => ({ part, failure })));
    for (const { part, failure } of stored) adopt(failure, new FailureStore(part), store);
    const wholes = byCampaign(campaigns.flatMap(({ files }) => files)).flatMap((files) => mergedCampaign(files) ?? []);
    for (const whole of wholes) show(whole, writeCampaign(folder, mergedName(whole), whole), store, terminal);
    const kinds = wholes.flatMap(({ failures }) => failures.map(({ kind }) => kind));
    const isVacuous = wholes.some((whole) => isComplete(whole) && unreachedOf(whole).length > 0);
    return kinds.length === 0 && isVacuous ? ExitCode.thresholdFailed : codeOfFailures(kinds);
  },
};

/** Of one bucket, the one that was found first. */
function adopt(failure: StoredFailure, from: FailureStore, into: FailureStore): void {
  const known = into.read(failure.id);
  if (known !== null && known.index <= failure.index) return;
  into.copy(failure, from);
}

/** All parts are there, and made their runs. */
function isComplete({ isPartial, shards }: CampaignFile): boolean {
  return !isPartial && shards.length === shards[0]?.of;
}

function unreachedOf({ wanted = [], coverage }: CampaignFile): readonly string[] {
  return neverReached(wanted, coverage);
}

function show(whole: CampaignFile, path: string, store: FailureStore, terminal: Terminal): void {
  const { name, seed, runs, shards, isPartial, failures, coverage, maximize, worst } = whole;
  const of = shards[0]?.of ?? 1;
  const found = failures.length === 0 ? "no failure" : plural(failures.length, "failure");
  const missing = Array.from({ length: of }, (_, at) => at + 1).filter((index) => !shards.some((shard) => shard.index === index));
  terminal.out(
    `${name}: ${plural(runs, "run")}, seed ${seed}, ${shards.length} of ${plural(of, "shard")}: ${found}, coverage ${coverage.length}\n`,
  );
  if (missing.length > 0) terminal.out(`  Missing: ${missing.map((index) => `${index}/${of}`).join(", ")}\n`);
  else if (isPartial) terminal.out("  Not all runs were made\n");
  for (const { id, kind, bucket, message, count, index } of failures) {
    const when = count === 0 ? "Stored before, and it still fails" : `${plural(count, "run")} of ${runs}, the first is run ${index}`;
    terminal.out(`\nFAILED ${id}: ${bucket}\n  ${message.split("\n")[0]}\n  ${when}\n`);
    if (store.has(id)) terminal.out(`  Reproduce: ${count === 0 ? replayOf(id, store) : commandOf(id, kind, store)}\n`);
  }
  terminal.out(unreachedText(unreachedOf(whole), runs));
  if (worst !== null) terminal.out(`\nMost ${maximize}: ${worstText(worst.value)}, run ${worst.index}\n`);
  terminal.out(`\nCampaign: ${path}\n`);
}
