/**
 * Which node has which images, as their statuses told the scheduler, and what that says of nodes to Pods of a class.
 * Positions are those of placement.ts. Scores are worked out when they are asked for, and kept until an image moves.
 */
import type { Container } from "../objects/pod.ts";
import type { PodClass } from "./pod-classes.ts";
import { imageLocalityScore, normalizedImageName, scaledImageSize } from "./plugins/index.ts";

/** What a scenario says of an image. */
export interface ImageFacts {
  /** Bytes. */
  readonly size: number;
  /** Every node has it from the start. */
  readonly isPresent: boolean;
}

/** Images in a node's status, the largest first. Source: kubelet nodeStatusMaxImages. */
const STATUS_IMAGES_MAX = 50;

interface ImageState {
  readonly size: number;
  /** By position. */
  readonly isOn: Uint8Array;
  count: number;
}

interface Scored {
  readonly version: number;
  readonly scores: Int16Array | null;
}

export class NodeImages {
  private readonly nodes: number;
  private readonly countsInit: boolean;
  private readonly facts = new Map<string, ImageFacts>();
  private everywhere: readonly string[] = [];
  private readonly states = new Map<string, ImageState>();
  /** By position. */
  private readonly listed: (readonly string[])[];
  private readonly scored = new Map<PodClass, Scored>();
  /** Counts changes. */
  private version = 0;

  constructor(nodes: number, countsInit: boolean) {
    this.nodes = nodes;
    this.countsInit = countsInit;
    this.listed = Array.from({ length: nodes }, () => []);
  }

  /** Before anything else. Images of which nothing is said count for nothing. */
  know(facts: ReadonlyMap<string, ImageFacts>): void {
    for (const [name, fact] of facts) this.facts.set(normalizedImageName(name), fact);
    this.everywhere = [...this.facts].filter(([, { isPresent }]) => isPresent).map(([name]) => name);
    for (let at = 0; at < this.nodes; at++) this.put(at, []);
  }

  /** What a node has beyond what all have. */
  put(at: number, names: readonly string[]): void {
    if (this.facts.size === 0) return;
    const listed = this.largest([...new Set([...this.everywhere, ...names.map(normalizedImageName)])]);
    for (const name of this.listed[at]!) if (!listed.includes(name)) this.mark(name, at, 0);
    for (const name of listed) this.mark(name, at, 1);
    this.listed[at] = listed;
  }

  /** By position; null: no node is better than another. `allNodes`: those that are there. */
  scoresOf(podClass: PodClass, allNodes: number): Int16Array | null {
    if (this.version === 0) return null;
    const known = this.scored.get(podClass);
    if (known !== undefined && known.version === this.version) return known.scores;
    const scores = this.score(podClass, allNodes);
    this.scored.set(podClass, { version: this.version, scores });
    return scores;
  }

  private largest(names: readonly string[]): readonly string[] {
    const known = names.filter((name) => this.facts.has(name));
    if (known.length <= STATUS_IMAGES_MAX) return known;
    const sizeOf = (name: string): number => this.facts.get(name)!.size;
    return [...known].sort((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1)).slice(0, STATUS_IMAGES_MAX);
  }

  private mark(name: string, at: number, isOn: 0 | 1): void {
    let state = this.states.get(name);
    if (state === undefined) {
      state = { size: this.facts.get(name)!.size, isOn: new Uint8Array(this.nodes), count: 0 };
      this.states.set(name, state);
    }
    if (state.isOn[at] === isOn) return;
    state.isOn[at] = isOn;
    state.count += isOn === 1 ? 1 : -1;
    this.version++;
  }

  private score({ spec }: PodClass, allNodes: number): Int16Array | null {
    const containers: readonly Container[] = this.countsInit ? [...spec.initContainers, ...spec.containers] : spec.containers;
    const states = containers.flatMap(({ image }) => this.states.get(normalizedImageName(image)) ?? []);
    if (states.every(({ count }) => count === 0 || count === this.nodes)) return null;
    const scores = new Int16Array(this.nodes);
    for (let at = 0; at < this.nodes; at++) {
      let sum = 0;
      for (const { size, isOn, count } of states) if (isOn[at] === 1) sum += scaledImageSize(size, count, allNodes);
      scores[at] = imageLocalityScore(sum, containers.length);
    }
    return scores.every((score) => score === scores[0]) ? null : scores;
  }
}
