/** What a campaign leaves behind for other machines: a file for each under .podstorm/campaigns, mergeable shard by shard. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Campaign, CampaignShard } from "../../scenarios/fuzz/campaign.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { prepareFolder, writeText } from "../write.ts";
import { failureId } from "./failure-store.ts";

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
  /** Ended before its runs were made. */
  readonly isPartial: boolean;
  readonly runs: number;
  readonly events: number;
  /** Sorted. */
  readonly coverage: readonly string[];
  /** In the order of IDs. */
  readonly failures: readonly CampaignFailure[];
  readonly worst: CampaignWorst | null;
}

export interface CampaignFailure {
  readonly id: string;
  readonly bucket: string;
  readonly message: string;
  /** Of the first case. */
  readonly index: number;
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
export function campaignName({ name, seed, ...identity }: CampaignIdentity, { index, of }: CampaignShard): string {
  const digest = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 8);
  return `${name}-seed-${seed}-${index}of${of}-${digest}`;
}

export function campaignFile(identity: CampaignIdentity, shard: CampaignShard, campaign: Campaign, isPartial: boolean): CampaignFile {
  const failures = campaign.failures.map(({ failure: { bucket, message }, index, count }) => ({
    id: failureId(bucket),
    bucket,
    message,
    index,
    count,
  }));
  return {
    schema: SCHEMA,
    ...identity,
    shards: [shard],
    isPartial,
    runs: campaign.runs,
    events: campaign.events,
    coverage: [...campaign.coverage].sort(),
    failures: failures.sort(byId),
    worst: campaign.worst,
  };
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
    .flatMap((name) => {
      try {
        const value = JSON.parse(readFileSync(join(folder, name), "utf8")) as Partial<CampaignFile>;
        return value.schema === SCHEMA ? [value as CampaignFile] : [];
      } catch {
        return [];
      }
    });
}

/** Null: they are not of one campaign. A shard that comes twice counts once. */
export function mergedCampaign(files: readonly CampaignFile[]): CampaignFile | null {
  const [first] = files;
  if (first === undefined || files.some((file) => identityOf(file) !== identityOf(first))) return null;
  const parts = files.filter((file, at) => files.findIndex((other) => shardsOf(other) === shardsOf(file)) === at);
  const failures = new Map<string, CampaignFailure>();
  for (const failure of parts.flatMap((part) => part.failures)) {
    const known = failures.get(failure.id);
    const earlier = known === undefined || failure.index < known.index ? failure : known;
    failures.set(failure.id, { ...earlier, count: failure.count + (known?.count ?? 0) });
  }
  const shards = parts.flatMap((part) => part.shards).sort((a, b) => a.index - b.index);
  return {
    ...first,
    shards,
    isPartial: parts.some((part) => part.isPartial) || shards.length < (shards[0]?.of ?? 1),
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

function shardsOf({ shards }: CampaignFile): string {
  return shards.map(({ index }) => index).join(" ");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function byId(a: CampaignFailure, b: CampaignFailure): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
