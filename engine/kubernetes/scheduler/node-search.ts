/**
 * The search for a Pod's node: scans from where the last one ended until enough nodes are feasible, scores those, and
 * leaves the best. A node's verdict on all Pods of the same needs (pod-needs.ts) is kept until something on the node
 * changes. Hot for settled starts. Source: pkg/scheduler/schedule_one.go.
 */
import type { Versions } from "../versions.ts";
import { leastOf, termCountAt, type SoftSpread, type View } from "./class-view.ts";
import type { NodeBook } from "./node-book.ts";
import type { NodeFilters } from "./node-filters.ts";
import type { ImageScores, NodeImages } from "./node-images.ts";
import {
  ZONE_KEY,
  balancedScore,
  deviationScore,
  differenceScore,
  dislikedTaints,
  leastAllocatedScore,
  normalizedByGreatest,
  normalizedByRange,
  scoreWeights,
  spreadScore,
  spreadShare,
  spreadWeight,
  taintScores,
  type ScoreWeights,
} from "./plugins/index.ts";
import type { Topologies } from "./topologies.ts";

/** In place of a score. */
const REJECTED = -1;

export interface NodeSearchOptions {
  readonly book: NodeBook;
  readonly filters: NodeFilters;
  readonly images: NodeImages;
  readonly topologies: Topologies;
  readonly facts: Versions;
  /** `percentage` of the nodes that a search must find feasible; 0: adaptive. */
  readonly percentage: number;
}

export class NodeSearch {
  /** Positions of the best nodes of the last search. */
  readonly tied: Int32Array;
  /** Where the last search for a node ended: the next one begins there. */
  private start = 0;
  private readonly book: NodeBook;
  private readonly filters: NodeFilters;
  private readonly images: NodeImages;
  private readonly topologies: Topologies;
  private readonly facts: Versions;
  private readonly weights: ScoreWeights;
  /** Feasible nodes at which a search ends. */
  private readonly need: number;
  /** Of the search under way, by zone and number of Pods on the node: the best score, and a chain of the nodes that have it. */
  private pairWidth = 4;
  private bestOfPair: Int16Array = new Int16Array(0);
  private headOfPair: Int32Array = new Int32Array(0);
  private pairScores: Int32Array = new Int32Array(0);
  private readonly nextInPair: Int32Array;

  constructor({ book, facts, filters, images, percentage, topologies }: NodeSearchOptions) {
    const count = book.nodes.length;
    this.book = book;
    this.facts = facts;
    this.filters = filters;
    this.images = images;
    this.topologies = topologies;
    this.weights = scoreWeights(facts);
    this.need = feasibleNodesToFind(count, percentage);
    this.tied = new Int32Array(count);
    this.nextInPair = new Int32Array(count);
    this.makePairs();
  }

  /** For one search: this node won't do. */
  reject(view: View, at: number): void {
    view.versions[at] = this.book.version[at]!;
    view.scores[at] = REJECTED;
  }

  /** How many nodes are best; none: no node will do. Their positions are in `tied`. */
  search(view: View): number {
    const { hard, affinity, preference, spreading, isSpreadByDefault } = view;
    if (this.book.avoided > 0 || hard.length > 0 || affinity !== null || preference !== null) return this.searchAll(view);
    const images = this.imageScores(view);
    if (spreading === null) return images === null ? this.searchBest(view) : this.searchAll(view);
    return isSpreadByDefault && spreading.isComplete === null ? this.searchSpread(view, images) : this.searchAll(view);
  }

  /** Scans until enough nodes are feasible; leaves the positions of the best in `tied` and returns how many. */
  private searchBest(view: View): number {
    const { tied } = this;
    const { version } = this.book;
    const { scores, versions } = view;
    const count = version.length;
    const { need } = this;
    let found = 0;
    let scanned = 0;
    let highest = REJECTED;
    let ties = 0;
    let at = this.start;
    while (scanned < count && found < need) {
      if (versions[at] !== version[at]) this.judge(view, at);
      const score = scores[at]!;
      if (score !== REJECTED) {
        found++;
        if (score > highest) {
          highest = score;
          ties = 0;
        }
        if (score === highest) tied[ties++] = at;
      }
      scanned++;
      if (++at === count) at = 0;
    }
    this.start = at;
    return ties;
  }

  /**
   * The same, with the default constraints over hosts and zones. What they make of a node depends on its zone and
   * on how many Pods it has, so the scan keeps the best nodes of each such pair, and the pairs are compared after it.
   */
  private searchSpread(view: View, images: ImageScores | null): number {
    const { soft } = view.spreading!;
    const from = this.start;
    let found = this.scanPairs(view, soft, images);
    while (found < 0) {
      this.pairWidth *= 2;
      this.makePairs();
      found = this.scanPairs(view, soft, images);
    }
    if (found === 0) return 0;
    const ties = this.bestPairs(soft, found);
    if (images !== null) this.putInScanOrder(ties, from);
    return ties;
  }

  /** As the search with every score leaves them. */
  private putInScanOrder(ties: number, from: number): void {
    const { tied } = this;
    const count = this.book.version.length;
    for (let index = 0; index < ties; index++) if (tied[index]! < from) tied[index]! += count;
    tied.subarray(0, ties).sort();
    for (let index = 0; index < ties; index++) if (tied[index]! >= count) tied[index]! -= count;
  }

  /** Once more after zones have changed. */
  makePairs(): void {
    const pairs = (this.topologies.of(ZONE_KEY).size + 1) * this.pairWidth;
    this.bestOfPair = new Int16Array(pairs);
    this.headOfPair = new Int32Array(pairs);
    this.pairScores = new Int32Array(pairs);
  }

  /** How many nodes are feasible; -1: one of them has more Pods than there are pairs for. Moves `start` only if it succeeds. */
  private scanPairs(view: View, [hosts, zones]: readonly SoftSpread[], images: ImageScores | null): number {
    const { need, pairWidth, bestOfPair, headOfPair, nextInPair } = this;
    const { version } = this.book;
    const having = images === null ? null : images.having;
    const imageScores = images === null ? null : images.scores;
    const { scores, versions } = view;
    const perHost = hosts!.tally.counts;
    const { domains } = zones!.topology;
    const count = version.length;
    bestOfPair.fill(REJECTED);
    let found = 0;
    let scanned = 0;
    let at = this.start;
    while (scanned < count && found < need) {
      if (versions[at] !== version[at]) this.judge(view, at);
      let score = scores[at]!;
      if (score !== REJECTED) {
        found++;
        if (having !== null) score += imageScores![having[at]!]!;
        const here = perHost[at]!;
        if (here >= pairWidth) return -1;
        // Nodes without a zone come first.
        const pair = (domains[at]! + 1) * pairWidth + here;
        const best = bestOfPair[pair]!;
        if (score >= best) {
          nextInPair[at] = score > best ? -1 : headOfPair[pair]!;
          headOfPair[pair] = at;
          bestOfPair[pair] = score;
        }
      }
      scanned++;
      if (++at === count) at = 0;
    }
    this.start = at;
    return found;
  }

  private bestPairs([hosts, zones]: readonly SoftSpread[], found: number): number {
    const { pairWidth, bestOfPair, headOfPair, nextInPair, pairScores, tied } = this;
    const zoneWeight = spreadWeight(this.zonesInUse());
    const hostWeight = spreadWeight(found);
    const isRounded = this.facts.spreadScoresRounded;
    let least = Infinity;
    let most = 0;
    for (let pair = 0; pair < bestOfPair.length; pair++) {
      if (bestOfPair[pair] === REJECTED) continue;
      const here = pair % pairWidth;
      const zone = (pair - here) / pairWidth - 1;
      const share = zone < 0 ? 0 : spreadShare(zones!.tally.counts[zone]!, zones!.maxSkew, zoneWeight);
      const sum = share + spreadShare(here, hosts!.maxSkew, hostWeight);
      const raw = isRounded ? Math.round(sum) : Math.trunc(sum);
      pairScores[pair] = raw;
      if (raw < least) least = raw;
      if (raw > most) most = raw;
    }
    const weight = this.weights.spread;
    let highest = REJECTED;
    let ties = 0;
    for (let pair = 0; pair < bestOfPair.length; pair++) {
      if (bestOfPair[pair] === REJECTED) continue;
      const total = bestOfPair[pair]! + weight * spreadScore(pairScores[pair]!, least, most);
      if (total > highest) {
        highest = total;
        ties = 0;
      }
      if (total === highest) for (let at = headOfPair[pair]!; at >= 0; at = nextInPair[at]!) tied[ties++] = at;
    }
    return ties;
  }

  /** Zones with a feasible node; having none counts as one. */
  private zonesInUse(): number {
    const { pairWidth, bestOfPair } = this;
    let zones = 0;
    for (let first = 0; first < bestOfPair.length; first += pairWidth) {
      let pair = first;
      while (pair < first + pairWidth && bestOfPair[pair] === REJECTED) pair++;
      if (pair < first + pairWidth) zones++;
    }
    return zones;
  }

  /** The search with every filter and score. */
  private searchAll(view: View): number {
    const candidates: number[] = [];
    const count = this.book.version.length;
    const { need } = this;
    const least = view.hard.map(leastOf);
    let scanned = 0;
    for (; scanned < count && candidates.length < need; scanned++) {
      const at = (this.start + scanned) % count;
      if (view.versions[at] !== this.book.version[at]) this.judge(view, at);
      if (view.scores[at] !== REJECTED && this.filters.relations(view, at, least).by === 0) candidates.push(at);
    }
    this.start = (this.start + scanned) % count;
    if (candidates.length === 0) return 0;
    const totals = candidates.length === 1 ? [0] : this.totals(view, candidates);
    const highest = totals.reduce((most, total) => (total > most ? total : most), -Infinity);
    let ties = 0;
    candidates.forEach((at, index) => {
      if (totals[index] === highest) this.tied[ties++] = at;
    });
    return ties;
  }

  private totals(view: View, candidates: readonly number[]): number[] {
    const totals = candidates.map((at) => view.scores[at]!);
    const { taints, nodeAffinity, spread, podAffinity } = this.weights;
    const add = (weight: number, scores: readonly number[]): void => scores.forEach((score, index) => (totals[index]! += weight * score));
    if (this.book.avoided > 0) {
      const { tolerations } = view.podClass.spec;
      add(taints, taintScores(candidates.map((at) => dislikedTaints(this.book.taints[this.book.order[at]!]!, tolerations))));
    }
    const { preference, affinity } = view;
    if (preference !== null) add(nodeAffinity, normalizedByGreatest(candidates.map((at) => preference[at]!)));
    const images = this.imageScores(view);
    if (images !== null)
      add(
        1,
        candidates.map((at) => images.scores[images.having[at]!]!),
      );
    if (view.spreading !== null) add(spread, softSpreadScores(view, candidates, this.facts));
    if (affinity !== null && affinity.preferred.length > 0)
      add(podAffinity, normalizedByRange(candidates.map((at) => affinity.preferred.reduce((sum, term) => sum + termCountAt(term, at), 0))));
    return totals;
  }

  private imageScores({ podClass }: View): ImageScores | null {
    return this.images.scoresOf(podClass, this.book.present);
  }

  private judge(view: View, at: number): void {
    view.versions[at] = this.book.version[at]!;
    view.scores[at] = this.filters.isFeasible(view, at) ? this.score(view, this.book.order[at]!) : REJECTED;
  }

  private score({ request, nonZero, isBestEffort }: View, node: number): number {
    const { cpu, memory } = this.book.nodes[node]!;
    const nonZeroCpu = this.book.nonZeroCpu[node]! + nonZero.cpu;
    const nonZeroMemory = this.book.nonZeroMemory[node]! + nonZero.memory;
    const least = leastAllocatedScore(nonZeroCpu, nonZeroMemory, cpu, memory);
    const { balanceIsDifference, balanceIsDeviation } = this.facts;
    if (!balanceIsDeviation) return least + differenceScore(nonZeroCpu, nonZeroMemory, cpu, memory);
    const cpuBefore = this.book.cpu[node]!;
    const memoryBefore = this.book.memory[node]!;
    if (!balanceIsDifference) return least + deviationScore(cpuBefore + request.cpu, memoryBefore + request.memory, cpu, memory);
    if (isBestEffort) return least;
    return least + balancedScore(cpuBefore, memoryBefore, cpuBefore + request.cpu, memoryBefore + request.memory, cpu, memory);
  }
}

/** Soft constraints over these nodes, 0..100. Nodes without one of the keys get nothing. */
function softSpreadScores({ spreading }: View, candidates: readonly number[], { spreadScoresRounded }: Versions): number[] {
  const { soft, isComplete } = spreading!;
  const counted = candidates.filter((at) => isComplete === null || isComplete[at] === 1);
  const weights = soft.map(({ isPerNode, topology }) =>
    spreadWeight(isPerNode ? counted.length : new Set(counted.map((at) => topology.domains[at])).size),
  );
  const raw = candidates.map((at) => {
    const sum = soft.reduce((total, { isPerNode, topology, tally, maxSkew }, index) => {
      // Every kubelet labels its node with the host's name.
      const domain = isPerNode ? at : topology.domains[at]!;
      return domain < 0 ? total : total + spreadShare(tally.counts[domain]!, maxSkew, weights[index]!);
    }, 0);
    return spreadScoresRounded ? Math.round(sum) : Math.trunc(sum);
  });
  const isCounted = (index: number): boolean => isComplete === null || isComplete[candidates[index]!] === 1;
  const own = raw.filter((_, index) => isCounted(index));
  const least = Math.min(...own);
  const most = Math.max(0, ...own);
  return raw.map((score, index) => (isCounted(index) ? spreadScore(score, least, most) : 0));
}

/** Enough nodes to choose from: all below 100, else a share: `percentage`, or (0) one that falls with the size. Source: schedule_one.go numFeasibleNodesToFind. */
export function feasibleNodesToFind(nodes: number, percentage: number = 0): number {
  if (nodes < 100 || percentage >= 100) return nodes;
  const percent = percentage > 0 ? percentage : Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(100, Math.floor((nodes * percent) / 100));
}
