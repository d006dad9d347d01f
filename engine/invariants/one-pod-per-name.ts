/** A StatefulSet's Pod comes only when the one of that name has gone. */
import type { InvariantDefinition } from "./invariant.ts";

export const onePodPerNameDefinition: InvariantDefinition = {
  name: "one-pod-per-name",
  scope: "control",
  meaning: "no two Pods of one namespace have the same name at a time",
};

export class OnePodPerName {
  private readonly names = new Map<string, number>();

  created(name: string, pod: number): string | null {
    const other = this.names.get(name);
    this.names.set(name, pod);
    return other === undefined ? null : `${name}: created as Pod ${pod} while Pod ${other} has that name`;
  }

  removed(name: string, pod: number): void {
    if (this.names.get(name) === pod) this.names.delete(name);
  }
}
