/** A Deployment that comes back to an earlier template takes up its ReplicaSet again. */
import type { InvariantDefinition } from "./invariant.ts";

export const oneReplicaSetPerTemplateDefinition: InvariantDefinition = {
  name: "one-replica-set-per-template",
  scope: "control",
  meaning: "a Deployment never has two ReplicaSets of one Pod template",
};

export class OneReplicaSetPerTemplate {
  private readonly known = new Map<string, number>();

  created(deployment: number, template: number, replicaSet: number): string | null {
    const key = `${deployment}/${template}`;
    const other = this.known.get(key);
    this.known.set(key, replicaSet);
    return other === undefined ? null : `ReplicaSet ${replicaSet} was created while ReplicaSet ${other} has the same Pod template`;
  }

  removed(deployment: number, template: number, replicaSet: number): void {
    const key = `${deployment}/${template}`;
    if (this.known.get(key) === replicaSet) this.known.delete(key);
  }
}
