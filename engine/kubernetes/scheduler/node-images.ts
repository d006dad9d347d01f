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
  /** By position. */
  readonly isOn: Uint8Array;
  count: number;
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
  private everywhere: readonly string[] = [];
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
      this.states.set(normalizedImageName(name), { size, isPresent, isOn: new Uint8Array(this.nodes), count: 0, version: 0 });
    this.everywhere = [...this.states].filter(([, { isPresent }]) => isPresent).map(([name]) => name);
    for (let at = 0; at < this.nodes; at++) this.put(at, []);
  }

  /** What a node has beyond what all have. */
  put(at: number, names: readonly string[]): void {
    if (this.states.size === 0) return;
    const listed = this.largest([...new Set([...this.everywhere, ...names.map(normalizedImageName)])]);
    for (const name of this.listed[at]!) if (!listed.includes(name)) this.mark(name, at, 0);
    for (const name of listed) this.mark(name, at, 1);
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
    const known = names.filter((name) => this.states.has(name));
    if (known.length <= STATUS_IMAGES_MAX) return known;
    const sizeOf = (name: string): number => this.states.get(name)!.size;
    return [...known].sort((a, b) => sizeOf(b) - sizeOf(a) || (a < b ? -1 : 1)).slice(0, STATUS_IMAGES_MAX);
  }

  private mark(name: string, at: number, isOn: 0 | 1): void {
    const state = this.states.get(name)!;
    if (state.isOn[at] === isOn) return;
    state.isOn[at] = isOn;
    state.count += isOn === 1 ? 1 : -1;
    state.version++;
  }

  private score({ states, containers }: ClassImages, allNodes: number): Int16Array | null {
    if (states.every(({ count }) => count === 0 || count === this.nodes)) return null;
    // What a node with all of them would get: mostly nothing, where many nodes share little.
    const most = states.reduce((sum, { size, count }) => sum + scaledImageSize(size, count, allNodes), 0);
    if (imageLocalityScore(most, containers) === 0) return null;
    const scores = new Int16Array(this.nodes);
    for (let at = 0; at < this.nodes; at++) {
      let sum = 0;
      for (const { size, isOn, count } of states) if (isOn[at] === 1) sum += scaledImageSize(size, count, allNodes);
      scores[at] = imageLocalityScore(sum, containers);
    }
    return scores.every((score) => score === scores[0]) ? null : scores;
  }
}
