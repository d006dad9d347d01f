/** An Indexed Job works at each index with one Pod at a time. (Several ones that were made at once are a race that its controller mends.) */
import type { InvariantDefinition } from "./invariant.ts";

export const onePodPerIndexDefinition: InvariantDefinition = {
  name: "one-pod-per-index",
  scope: "control",
  meaning: "an Indexed Job has at most one active Pod for each completion index",
};

export class OnePodPerIndex {
  private readonly active = new Map<string, number>();

  /** A Pod begins (1) or ends (-1) to count as active. */
  changed(label: string, job: number, index: number, by: 1 | -1): string | null {
    const key = `${job}/${index}`;
    const count = (this.active.get(key) ?? 0) + by;
    if (count === 0) this.active.delete(key);
    else this.active.set(key, count);
    return count > 1 ? `${label}: ${count} active Pods for index ${index}` : null;
  }
}
