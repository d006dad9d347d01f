/**
 * Names that don't depend on random suffixes: a Pod is the n-th that its owner created, a ReplicaSet the n-th
 * of its Deployment, a slice its Service's. So recorded objects and the model's can be laid side by side.
 */
import type { TraceEntry } from "./trace.ts";

export interface NamedEntry {
  readonly entry: TraceEntry;
  /** `Pod web/1#3`: the third Pod of the first ReplicaSet of web. */
  readonly object: string;
  /** Objects that differ by chance alone: all Pods of one owner. An object without siblings is its own. */
  readonly group: string;
  /** Texts and lists of the entry with such names in place of the written ones. */
  readonly rename: (text: string) => string;
}

interface PodName {
  readonly object: string;
  readonly group: string;
}

export class TraceNames {
  /** ReplicaSet → `web/1`. */
  private readonly sets = new Map<string, string>();
  private readonly pods = new Map<string, PodName>();
  private readonly gone = new Set<string>();
  private readonly counts = new Map<string, number>();
  private readonly nodesByOwner = new Map<string, string[]>();
  private readonly positions = new Map<string, number>();

  constructor(entries: readonly TraceEntry[]) {
    const ranks = new Map<string, number>();
    for (const { kind, name, change } of entries) {
      if (kind !== "ReplicaSet" || this.sets.has(name)) continue;
      const owner = typeof change["owner"] === "string" ? change["owner"] : "";
      const rank = (ranks.get(owner) ?? 0) + 1;
      ranks.set(owner, rank);
      this.sets.set(name, owner === "" ? name : `${owner}/${rank}`);
    }
  }

  /** Entries one after the other, in order of time. */
  named(entry: TraceEntry): NamedEntry {
    const { kind, name } = entry;
    const rename = (text: string): string => this.rename(text);
    switch (kind) {
      case "Pod": {
        const pod = this.podOf(entry);
        return { entry, object: pod.object, group: pod.group, rename };
      }
      case "ReplicaSet": {
        const object = `ReplicaSet ${this.sets.get(name) ?? name}`;
        return { entry, object, group: object, rename };
      }
      case "EndpointSlice": {
        const object = `EndpointSlice ${name.replace(/-[^-]*$/, "")}`;
        return { entry, object, group: object, rename };
      }
      case "Event": {
        const [of = "", subject = ""] = String(entry.change["object"] ?? "").split("/");
        const pod = of === "Pod" ? this.pods.get(subject) : undefined;
        const object = pod?.object ?? `${of} ${of === "ReplicaSet" ? (this.sets.get(subject) ?? subject) : subject}`;
        return { entry, object, group: pod?.group ?? object, rename };
      }
      default: {
        const object = `${kind} ${name}`;
        return { entry, object, group: object, rename };
      }
    }
  }

  /** Nodes of each owner's Pods (`web/1`, or the name of a bare Pod) in the order of creation; "": none. */
  get placement(): ReadonlyMap<string, readonly string[]> {
    return this.nodesByOwner;
  }

  private podOf({ name, change }: TraceEntry): PodName {
    const known = this.pods.get(name);
    if (change["event"] === "removed") this.gone.add(name);
    if (known !== undefined && !(this.gone.has(name) && change["event"] !== "removed")) {
      this.noteNode(name, change["node"]);
      return known;
    }
    this.gone.delete(name);
    const written = typeof change["owner"] === "string" ? change["owner"] : "";
    const [ownerKind = "", ownerName = ""] = written.split("/");
    const owner = ownerKind === "" ? name : ownerKind === "ReplicaSet" ? (this.sets.get(ownerName) ?? ownerName) : ownerName;
    const count = (this.counts.get(owner) ?? 0) + 1;
    this.counts.set(owner, count);
    const isFirstBare = ownerKind === "" && count === 1;
    const group = `Pod ${owner}`;
    const pod = { object: isFirstBare ? group : `${group}#${count}`, group };
    this.pods.set(name, pod);
    const nodes = this.nodesByOwner.get(owner) ?? [];
    this.nodesByOwner.set(owner, nodes);
    this.positions.set(name, nodes.push("") - 1);
    this.noteNode(name, change["node"], owner);
    return pod;
  }

  private noteNode(name: string, node: unknown, owner: string = (this.pods.get(name)?.group ?? "").slice("Pod ".length)): void {
    const nodes = this.nodesByOwner.get(owner);
    const position = this.positions.get(name);
    if (typeof node === "string" && nodes !== undefined && position !== undefined) nodes[position] = node;
  }

  private rename(text: string): string {
    const whole = this.pods.get(text)?.object ?? this.sets.get(text);
    if (whole !== undefined) return whole;
    return text.replaceAll(/[a-z0-9](?:[-a-z0-9]*[a-z0-9])?/g, (word) => this.pods.get(word)?.group ?? this.sets.get(word) ?? word);
  }
}
