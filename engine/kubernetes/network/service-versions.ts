/**
 * The versions of one Service's endpoints that places believe or may still come to believe, and how many
 * places believe each: what the rate of traffic at an endpoint follows from. A rollout keeps a few
 * versions alive, a settled Service one. Where places see different endpoints (endpoint-view.ts) each view
 * has versions of its own. Hot: `shareOf`, bench/traffic.bench.ts.
 *
 *   believers   places that believe the version now
 *   senders     places whose requests reach endpoints now: what was believed one way out ago
 */

import type { PodId } from "../api-server/pod-record.ts";

/** Position before any entry: the Service has no endpoints. */
export const NO_VERSION = -1;
/** End of a membership that lasts. */
export const STILL = 0x7fffffff;

export interface LiveVersion {
  readonly position: number;
  /** Endpoints in it. */
  readonly size: number;
  readonly pods: readonly PodId[];
  readonly nodes: readonly number[];
  readonly hasReady: boolean;
  /** By audience. */
  readonly believers: Int32Array;
  readonly senders: Int32Array;
  /** Share of the audience's requests that each endpoint gets from the senders of this version. */
  readonly share: Float64Array;
}

/** Fields of the summary: position of the oldest live version, the bound, the share of an endpoint of all live versions. */
const OLDEST = 0;
const BOUND = 1;
const TOTAL = 2;
/** How far the bound goes above what is needed when it has to rise, so that the next rise is far. */
const HEADROOM = 1.25;

/** A view's endpoints at one version; without them only the number counts. */
type Members = Pick<LiveVersion, "pods" | "nodes" | "hasReady">;

const noMembers: Members = { pods: [], nodes: [], hasReady: false };

/** One of several views of a Service. */
interface ViewOptions {
  /** Index of the group of views that it belongs to. */
  readonly group: number;
  /** How many places of each audience stand in it. */
  readonly members: readonly number[];
}

export class ServiceVersions {
  readonly service: number;
  /** Index of this view in the proxy table. */
  readonly slot: number;
  readonly group: number;
  /** Places of each audience (one audience for each load on this Service): 0 … places-1. */
  readonly places: readonly number[];
  /** By position, ascending; the last one is the newest valid version. */
  readonly live: LiveVersion[] = [];
  /** Places beyond are nobody's audience. */
  private readonly placesMax: number;
  /** Places of each audience that stand in this view. */
  private readonly members: readonly number[];
  /** The largest share of an audience's places in this view. */
  private readonly weight: number;
  /** What the hot path reads, side by side: OLDEST, BOUND, and TOTAL + audience. */
  readonly summary: Float64Array;

  constructor(service: number, slot: number, places: readonly number[], view?: ViewOptions) {
    this.service = service;
    this.slot = slot;
    this.group = view?.group ?? slot;
    this.places = places;
    this.placesMax = Math.max(0, ...places);
    this.members = view?.members ?? places;
    this.weight = Math.max(0, ...this.members.map((count, audience) => (count === 0 ? 0 : count / places[audience]!)));
    this.summary = new Float64Array(TOTAL + places.length);
    this.add(NO_VERSION, 0);
    const first = this.live[0]!;
    this.members.forEach((count, audience) => {
      first.believers[audience] = count;
      first.senders[audience] = count;
    });
  }

  /** No endpoint's share ever passes it until the next entry; candidates are drawn at this share. */
  get bound(): number {
    return this.summary[BOUND]!;
  }

  get newest(): LiveVersion {
    return this.live[this.live.length - 1]!;
  }

  /** A version becomes valid: from now on some place may believe it. */
  add(position: number, size: number, { pods, nodes, hasReady }: Members = noMembers): void {
    const audiences = this.places.length;
    const believers = new Int32Array(audiences);
    const senders = new Int32Array(audiences);
    this.live.push({ position, size, pods, nodes, hasReady, believers, senders, share: new Float64Array(audiences) });
    const needed = this.neededBound();
    if (needed > this.bound) this.summary[BOUND] = this.bound === 0 ? needed : Math.min(this.weight, needed * HEADROOM);
    this.summary[OLDEST] = this.live[0]!.position;
  }

  /** A place changes its belief. */
  believe(place: number, from: number, to: number): void {
    if (place >= this.placesMax) return;
    const before = this.version(from);
    const after = this.version(to);
    for (let audience = 0; audience < this.places.length; audience++) {
      if (place >= this.places[audience]!) continue;
      before.believers[audience]!--;
      after.believers[audience]!++;
    }
  }

  /** The requests that a place sent since it changed its belief begin to arrive. */
  send(place: number, from: number, to: number): void {
    if (place >= this.placesMax) return;
    const before = this.version(from);
    const after = this.version(to);
    for (let audience = 0; audience < this.places.length; audience++) {
      if (place >= this.places[audience]!) continue;
      before.senders[audience]!--;
      after.senders[audience]!++;
    }
    this.refresh(before);
    this.refresh(after);
    this.dropForgotten();
    this.sumUp();
  }

  /** Share of an audience's requests that an endpoint of the versions [join, leave) gets now. */
  shareOf(audience: number, join: number, leave: number): number {
    const summary = this.summary;
    if (leave === STILL && join <= summary[OLDEST]!) return summary[TOTAL + audience]!;
    const live = this.live;
    let share = 0;
    for (let index = 0; index < live.length; index++) {
      const version = live[index]!;
      if (version.position >= join && version.position < leave) share += version.share[audience]!;
    }
    return share;
  }

  /** Share of an audience's requests that find no endpoint, at the place. */
  shareWithoutEndpoint(audience: number): number {
    let believers = 0;
    for (const version of this.live) if (version.size === 0) believers += version.believers[audience]!;
    return believers / this.places[audience]!;
  }

  /** Whether a place believes, or may come to believe, that there are no endpoints. */
  get mayBeEmpty(): boolean {
    return this.live.some((version) => version.size === 0);
  }

  /** Everyone has always believed the newest version. */
  settle(): void {
    const newest = this.newest;
    this.members.forEach((count, audience) => {
      newest.believers[audience] = count;
      newest.senders[audience] = count;
    });
    this.live.length = 0;
    this.live.push(newest);
    this.refresh(newest);
    this.summary[BOUND] = this.neededBound();
    this.summary[OLDEST] = newest.position;
    this.sumUp();
  }

  /** Whether this view changed with the entry at `position`, and some place may still believe it. */
  has(position: number): boolean {
    const live = this.live;
    for (let index = live.length - 1; index >= 0; index--) if (live[index]!.position === position) return true;
    return false;
  }

  /** The version at `position`, which some place believes or sends by. */
  version(position: number): LiveVersion {
    const live = this.live;
    for (let index = live.length - 1; index >= 0; index--) if (live[index]!.position === position) return live[index]!;
    throw new Error(`podstorm bug: version ${position} of service ${this.service} isn't alive`);
  }

  private refresh(version: LiveVersion): void {
    for (let audience = 0; audience < this.places.length; audience++) {
      version.share[audience] = version.size === 0 ? 0 : version.senders[audience]! / (this.places[audience]! * version.size);
    }
  }

  /** Places only move forward, so only the oldest version can be forgotten for good. */
  private dropForgotten(): void {
    const live = this.live;
    let forgotten = 0;
    while (forgotten < live.length - 1 && live[forgotten]!.senders.every((count) => count === 0)) forgotten++;
    if (forgotten === 0) return;
    live.splice(0, forgotten);
    this.summary[OLDEST] = live[0]!.position;
    if (live.length === 1) this.summary[BOUND] = this.neededBound();
  }

  private sumUp(): void {
    for (let audience = 0; audience < this.places.length; audience++) {
      let total = 0;
      for (const version of this.live) total += version.share[audience]!;
      this.summary[TOTAL + audience] = total;
    }
  }

  private neededBound(): number {
    let least = Infinity;
    for (const version of this.live) if (version.size > 0 && version.size < least) least = version.size;
    return least === Infinity ? 0 : this.weight / least;
  }
}
