/**
 * Which node has which images, as their statuses told the scheduler, and what that says of nodes to Pods of a class.
 * Positions are those of placement.ts. Nodes with the same of a Pod's images score the same: scores are worked out
 * for each such group when they are asked for, and kept until an image moves, so they don't cost more with more nodes.
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
  /** That count it. */
  readonly sets: ImageSet[];
}

/** What nodes with some of a Pod's images score, by what they have. */
export interface ImageScores {
  /** By position: the number of what the node has. */
  readonly having: Int32Array;
  /** By that number. */
  readonly scores: Int16Array;
}

/** The images of Pods: classes with the same ones share it, and nodes with the same of them. */
class ImageSet {
  readonly having: Int32Array;
  readonly containers: number;
  /** As the containers name them, so one may be there twice. */
  readonly states: readonly ImageState[];
  /** By number: which of the states, as `0`s and `1`s, and how many nodes. Number 0: none. */
  private readonly patterns: string[];
  private readonly counts: number[];
  private readonly numbers: Map<string, number>;
  private allNodes = -1;
  /** An image has moved since. */
  private isStale = true;
  private found: ImageScores | null = null;

  constructor(states: readonly ImageState[], containers: number, nodes: number) {
    this.states = states;
    this.containers = containers;
    this.having = new Int32Array(nodes);
    const none = "0".repeat(states.length);
    this.patterns = [none];
    this.counts = [nodes];
    this.numbers = new Map([[none, 0]]);
    for (const state of new Set(states)) {
      state.sets.push(this);
      for (const at of state.on) this.moved(at);
    }
  }

  /** A node has got one of them, or lost it. */
  moved(at: number): void {
    this.isStale = true;
    const pattern = this.states.map(({ on }) => (on.has(at) ? "1" : "0")).join("");
    let number = this.numbers.get(pattern);
    if (number === undefined) {
      this.numbers.set(pattern, (number = this.patterns.length));
      this.patterns.push(pattern);
      this.counts.push(0);
    }
    this.counts[this.having[at]!]!--;
    this.counts[number]!++;
    this.having[at] = number;
  }

  scores(allNodes: number): ImageScores | null {
    if (this.isStale || allNodes !== this.allNodes) {
      this.isStale = false;
      this.allNodes = allNodes;
      this.found = this.score();
    }
    return this.found;
  }

  private score(): ImageScores | null {
    const sizes = this.states.map(({ size, isPresent, on }) => (isPresent ? size : scaledImageSize(size, on.size, this.allNodes)));
    const scores = Int16Array.from(this.patterns, (pattern) => {
      const sum = sizes.reduce((total, size, index) => (this.states[index]!.isPresent || pattern[index] === "1" ? total + size : total), 0);
      return imageLocalityScore(sum, this.containers);
    });
    const first = scores[this.having[0]!];
    const isEqual = scores.every((score, number) => this.counts[number] === 0 || score === first);
    return isEqual ? null : { having: this.having, scores };
  }
}

export class NodeImages {
  private readonly nodes: number;
  private readonly countsInit: boolean;
  private readonly states = new Map<string, ImageState>();
  /** By position. */
  private readonly listed: (readonly string[])[];
  /** Null: nothing is known of its images. */
  private readonly classes = new Map<PodClass, ImageSet | null>();
  private readonly sets = new Map<string, ImageSet>();

  constructor(nodes: number, countsInit: boolean) {
    this.nodes = nodes;
    this.countsInit = countsInit;
    this.listed = Array.from({ length: nodes }, () => []);
  }

  /** Before anything else. Images of which nothing is said count for nothing. */
  know(facts: ReadonlyMap<string, ImageFacts>): void {
    for (const [name, { size, isPresent }] of facts)
      this.states.set(normalizedImageName(name), { size, isPresent, on: new Set(), sets: [] });
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

  /** Null: no node is better than another. `allNodes`: those that are there. */
  scoresOf(podClass: PodClass, allNodes: number): ImageScores | null {
    if (this.states.size === 0) return null;
    let known = this.classes.get(podClass);
    if (known === undefined) this.classes.set(podClass, (known = this.setOf(podClass)));
    return known === null ? null : known.scores(allNodes);
  }

  private setOf({ spec }: PodClass): ImageSet | null {
    const containers: readonly Container[] = this.countsInit ? [...spec.initContainers, ...spec.containers] : spec.containers;
    const names = containers.map(({ image }) => normalizedImageName(image)).filter((name) => this.states.has(name));
    if (names.length === 0) return null;
    const key = `${containers.length} ${names.join(" ")}`;
    let known = this.sets.get(key);
    if (known === undefined) {
      known = new ImageSet(
        names.map((name) => this.states.get(name)!),
        containers.length,
        this.nodes,
      );
      this.sets.set(key, known);
    }
    return known;
  }

  private largest(names: readonly string[]): readonly string[] {
    const known = names.filter((name) => this.states.get(name)?.isPresent === false);
    if (known.length <= STATUS_IMAGES_MAX) return known;
    const sizeOf = (name: string): number => this.states.get(name)!.size;
    return [...known].sort((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1)).slice(0, STATUS_IMAGES_MAX);
  }

  private move(name: string, at: number, isThere: boolean): void {
    const { on, sets } = this.states.get(name)!;
    if (isThere) on.add(at);
    else on.delete(at);
    for (const set of sets) set.moved(at);
  }
}
