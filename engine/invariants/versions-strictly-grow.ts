/** etcd has one counter of versions over all objects: what is written later has a later one. */
import type { InvariantDefinition } from "./invariant.ts";

export const versionsStrictlyGrowDefinition: InvariantDefinition = {
  name: "versions-strictly-grow",
  scope: "control",
  meaning: "each write of an object gets a resourceVersion larger than any before",
};

export class VersionsStrictlyGrow {
  private last = 0;

  /** `version`: of the object as it was written, or of its removal. */
  written(what: string, version: number): string | null {
    const before = this.last;
    this.last = Math.max(before, version);
    return version > before ? null : `${what}: resourceVersion ${version} after ${before}`;
  }
}
