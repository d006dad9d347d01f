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

interface ImageState extends ImageFacts {
  /** Positions of nodes that pulled it. */
  readonly on: Set<number>;
  /** Counts its moves. */
  version: number;
}

/** What is known of the images of one class. */
interface ClassImages {
  readonly containers: number;
  readonly states: readonly ImageState[];
  /** Sum over the states when the scores were worked out. */
  version: number;
  scores: Int16Array | null;
}

export class NodeImages {
  private readonly nodes: number;
  private readonly countsInit: boolean;
  private readonly states = new Map<string, ImageState>();
  /** By position. */
  private readonly listed: (readonly string[])[];
  private readonly classes = new Map<PodClass, ClassImages>();

  constructor(nodes: number, countsInit: boolean) {
    this.nodes = nodes;
    this.countsInit = countsInit;
    this.listed = Array.from({ length: nodes }, () => []);
  }

  /** Before anything else. Images of which nothing is said count for nothing. */
  know(facts: ReadonlyMap<string, ImageFacts>): void {
    for (const [name, { size, isPresent }] of facts)
      this.states.set(normalizedImageName(name), { size, isPresent, on: new Set(), version: 0 });
  }

  /** What a node has; those that all have anyhow may be among them. */
  put(at: number, names: readonly string[]): void {
    if (this.states.size === 0) return;
    const listed = this.largest([...new Set(names.map(normalizedImageName))]);
    const before = this.listed[at]!;
    for (const name of before) if (!listed.includes(name)) this.move(name, at, false);
    for (const name of listed) if (!before.includes(name)) this.move(name, at, true);
    this.listed[at] = listed;
  }

  /** By position; null: no node is better than another. `allNodes`: those that are there. */
  scoresOf(podClass: PodClass, allNodes: number): Int16Array | null {
    if (this.states.size === 0) return null;
    let known = this.classes.get(podClass);
    if (known === undefined) this.classes.set(podClass, (known = this.imagesOf(podClass)));
    const version = known.states.reduce((sum, state) => sum + state.version, 0);
    if (version !== known.version) {
      known.version = version;
      known.scores = this.score(known, allNodes);
    }
    return known.scores;
  }

  private imagesOf({ spec }: PodClass): ClassImages {
    const containers: readonly Container[] = this.countsInit ? [...spec.initContainers, ...spec.containers] : spec.containers;
    const states = containers.flatMap(({ image }) => this.states.get(normalizedImageName(image)) ?? []);
    return { containers: containers.length, states, version: 0, scores: null };
  }

  private largest(names: readonly string[]): readonly string[] {
    const known = names.filter((name) => this.states.get(name)?.isPresent === false);
    if (known.length <= STATUS_IMAGES_MAX) return known;
    const sizeOf = (name: string): number => this.states.get(name)!.size;
    return [...known].sort((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1)).slice(0, STATUS_IMAGES_MAX);
  }

  private move(name: string, at: number, isThere: boolean): void {
    const state = this.states.get(name)!;
    if (isThere) state.on.add(at);
    else state.on.delete(at);
    state.version++;
  }

  private score({ states, containers }: ClassImages, allNodes: number): Int16Array | null {
    if (states.every(({ on }) => on.size === 0 || on.size === this.nodes)) return null;
    const sizes = states.map(({ size, isPresent, on }) => (isPresent ? size : scaledImageSize(size, on.size, allNodes)));
    // What a node with all of them would get: mostly nothing, where many nodes share little.
    const most = sizes.reduce((sum, size) => sum + size, 0);
    if (imageLocalityScore(most, containers) === 0) return null;
    const sums = new Float64Array(this.nodes);
    states.forEach(({ isPresent, on }, index) => {
      if (isPresent) for (let at = 0; at < this.nodes; at++) sums[at]! += sizes[index]!;
      else for (const at of on) sums[at]! += sizes[index]!;
    });
    const scores = Int16Array.from(sums, (sum) => imageLocalityScore(sum, containers));
    return scores.every((score) => score === scores[0]) ? null : scores;
  }
}
