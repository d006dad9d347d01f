/** The values of labels of nodes as small numbers, by position: the domains over which Pods are spread. */
type Labels = Readonly<Record<string, string>>;

export interface Topology {
  /** By position; -1: the node has no such label. */
  readonly domains: Int32Array;
  readonly size: number;
}

export class Topologies {
  /** By position. */
  private readonly labels: Labels[];
  private readonly byKey = new Map<string, Topology>();

  constructor(labels: readonly Labels[]) {
    this.labels = [...labels];
  }

  /** The node at this position has other labels: the keys whose values are others are numbered anew when they are asked for. */
  relabel(at: number, labels: Labels): void {
    const before = this.labels[at]!;
    for (const key of this.byKey.keys()) if (before[key] !== labels[key]) this.byKey.delete(key);
    this.labels[at] = labels;
  }

  of(key: string): Topology {
    let known = this.byKey.get(key);
    if (known !== undefined) return known;
    const numbers = new Map<string, number>();
    const domains = Int32Array.from(this.labels, (labels) => {
      const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (value === undefined) return -1;
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      return number;
    });
    known = { domains, size: numbers.size };
    this.byKey.set(key, known);
    return known;
  }

  /** Domains of a topology where `isCounted` holds, -1 elsewhere. */
  restricted(key: string, isCounted: (at: number) => boolean): Int32Array {
    return this.of(key).domains.map((domain, at) => (isCounted(at) ? domain : -1));
  }
}
