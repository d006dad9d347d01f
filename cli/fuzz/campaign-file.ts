/** What a campaign leaves behind for other machines: a file for each under .podstorm/campaigns, mergeable shard by shard. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Campaign, CampaignShard } from "../../scenarios/fuzz/campaign.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { prepareFolder, writeText } from "../write.ts";
import type { FailureKind } from "../../scenarios/fuzz/verdict.ts";
import { failureId, type FailureSource, type StoredFailure } from "./failure-store.ts";

const SCHEMA = "podstorm.dev/campaign/v1";

/** What all shards of a campaign share. */
export interface CampaignIdentity {
  /** `self`, or the scenario's name. */
  readonly name: string;
  readonly version: string;
  readonly seed: number;
  /** Of what is varied: changed generators or manifests make another campaign. */
  readonly digest: string;
  readonly maximize: string | null;
}

export interface CampaignFile extends CampaignIdentity {
  readonly schema: typeof SCHEMA;
  readonly shards: readonly CampaignShard[];
  /** One of these shards ended before its runs were made. */
  readonly isPartial: boolean;
  readonly runs: number;
  readonly events: number;
  /** Sorted. */
  readonly coverage: readonly string[];
  /** In the order of IDs. */
  readonly failures: readonly CampaignFailure[];
  readonly worst: CampaignWorst | null;
  /** What the scenario wants to be reached at least once (`sometimes`); left out: nothing. */
  readonly wanted?: readonly string[];
}

export interface CampaignFailure {
  readonly id: string;
  readonly kind: FailureKind;
  readonly bucket: string;
  readonly message: string;
  /** Of the first case. */
  readonly index: number;
  /** 0: stored before, and still fails. */
  readonly count: number;
}

export interface CampaignWorst {
  readonly value: number;
  readonly index: number;
  readonly found: FuzzCase;
}

export function campaignsFolder(podstormFolder: string): string {
  return join(podstormFolder, "campaigns");
}

/** `self-seed-1-2of4-0a1b2c3d` */
export function campaignName(
  { name, seed, ...identity }: CampaignIdentity,
  { index, of }: { readonly index: number | "all"; readonly of: number },
): string {
  const digest = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 8);
  return `${name}-seed-${seed}-${index}of${of}-${digest}`;
}

/** `of joined shards`: the name of what `merge` makes. */
export function mergedName(whole: CampaignFile): string {
  const { name, version, seed, digest, maximize, shards } = whole;
  return campaignName({ name, version, seed, digest, maximize }, { index: "all", of: shards[0]?.of ?? 1 });
}

export interface CampaignAbout {
  readonly identity: CampaignIdentity;
  readonly shard: CampaignShard;
  readonly source: FailureSource;
  readonly isPartial: boolean;
  readonly wanted: readonly string[];
  /** Stored before, and they still fail. */
  readonly known: readonly StoredFailure[];
}

export function campaignFile(campaign: Campaign, about: CampaignAbout): CampaignFile {
  const found = campaign.failures.map(({ failure: { kind, bucket, message }, index, count }): CampaignFailure => {
    return { id: failureId(about.source, bucket), kind, bucket, message, index, count };
  });
  const before = about.known.map(({ id, kind, bucket, message, index }): CampaignFailure => ({
    id,
    kind,
    bucket,
    message,
    index,
    count: 0,
  }));
  const failures = [...found, ...before.filter(({ id }) => !found.some((each) => each.id === id))];
  return {
    schema: SCHEMA,
    ...about.identity,
    shards: [about.shard],
    isPartial: about.isPartial,
    runs: campaign.runs,
    events: campaign.events,
    coverage: [...campaign.coverage].sort(),
    failures: failures.sort(byId),
    worst: campaign.worst,
    ...(about.wanted.length === 0 ? {} : { wanted: about.wanted }),
  };
}

/**
 * What stored failures ended before it could do as much as an earlier one did doesn't take that one's place: of a campaign,
 * more runs know all that fewer do.
 */
export function keepingEarlier(podstormFolder: string, name: string, file: CampaignFile): CampaignFile {
  const earlier = readCampaign(join(campaignsFolder(podstormFolder), `${name}.json`));
  if (!file.isPartial || earlier === null || earlier.runs <= file.runs) return file;
  const failures = [...earlier.failures, ...file.failures.filter(({ id }) => !earlier.failures.some((each) => each.id === id))];
  return { ...earlier, failures: failures.sort(byId) };
}

export function writeCampaign(podstormFolder: string, name: string, file: CampaignFile): string {
  const folder = campaignsFolder(podstormFolder);
  const problem = prepareFolder(folder);
  if (problem !== null) throw new Error(`${folder}: found ${problem}, expected a folder that can be written`);
  return writeText(folder, `${name}.json`, `${JSON.stringify(file, null, 1)}\n`);
}

/** Of a .podstorm folder, by name. */
export function readCampaigns(podstormFolder: string): readonly CampaignFile[] {
  const folder = campaignsFolder(podstormFolder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .flatMap((name) => readCampaign(join(folder, name)) ?? []);
}

/** Null: it isn't there, or it is none. */
function readCampaign(path: string): CampaignFile | null {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<CampaignFile>;
    return value.schema === SCHEMA ? (value as CampaignFile) : null;
  } catch {
    return null;
  }
}

/** Null: they are not of one campaign. A shard that comes twice, alone or within what was merged before, counts once. */
export function mergedCampaign(files: readonly CampaignFile[]): CampaignFile | null {
  const [first] = files;
  if (first === undefined || files.some((file) => identityOf(file) !== identityOf(first))) return null;
  const parts = withoutTwice(files);
  const failures = new Map<string, CampaignFailure>();
  for (const failure of parts.flatMap((part) => part.failures)) {
    // A machine that knows the scenario by another path has given it another ID.
    const known = failures.get(failure.bucket);
    const earlier = known === undefined || failure.index < known.index ? failure : known;
    failures.set(failure.bucket, { ...earlier, count: failure.count + (known?.count ?? 0) });
  }
  const shards = parts.flatMap((part) => part.shards).sort((a, b) => a.index - b.index);
  return {
    ...first,
    shards,
    isPartial: parts.some((part) => part.isPartial),
    runs: sum(parts.map(({ runs }) => runs)),
    events: sum(parts.map(({ events }) => events)),
    coverage: [...new Set(parts.flatMap(({ coverage }) => coverage))].sort(),
    failures: [...failures.values()].sort(byId),
    worst: parts.flatMap(({ worst }) => worst ?? []).sort((a, b) => b.value - a.value || a.index - b.index)[0] ?? null,
  };
}

/** Campaigns that belong together, in the order of their first shard. */
export function byCampaign(files: readonly CampaignFile[]): readonly (readonly CampaignFile[])[] {
  return [...Map.groupBy(files, identityOf).values()];
}

function identityOf({ name, version, seed, digest, maximize, shards }: CampaignFile): string {
  return JSON.stringify([name, version, seed, digest, maximize, shards[0]?.of]);
}

/** Whole ones first, then those that say most. */
function withoutTwice(files: readonly CampaignFile[]): readonly CampaignFile[] {
  const taken = new Set<number>();
  const best = files.toSorted((a, b) => Number(a.isPartial) - Number(b.isPartial) || b.shards.length - a.shards.length || b.runs - a.runs);
  return best.filter(({ shards }) => {
    if (shards.some(({ index }) => taken.has(index))) return false;
    for (const { index } of shards) taken.add(index);
    return true;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function byId(a: CampaignFailure, b: CampaignFailure): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
