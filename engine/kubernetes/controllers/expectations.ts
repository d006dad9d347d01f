/**
 * What a ReplicaSet's controller has asked for and not yet seen by watch: until then its cache is too
 * old to decide on. Source: pkg/controller/controller_utils.go ControllerExpectations.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";

interface Expectation {
  creations: number;
  readonly deletions: Set<PodId>;
  readonly since: VirtualTime;
}

export class Expectations {
  private readonly byOwner = new Map<number, Expectation>();
  private readonly timeout: number;

  constructor(timeout: number) {
    this.timeout = timeout;
  }

  /** All seen, or so old that something must have got lost. */
  areSatisfied(owner: number, now: VirtualTime): boolean {
    const expectation = this.byOwner.get(owner);
    return (
      expectation === undefined ||
      (expectation.creations <= 0 && expectation.deletions.size === 0) ||
      now - expectation.since > this.timeout
    );
  }

  expectCreations(owner: number, count: number, now: VirtualTime): void {
    this.byOwner.set(owner, { creations: count, deletions: new Set(), since: now });
  }

  expectDeletions(owner: number, pods: readonly PodId[], now: VirtualTime): void {
    this.byOwner.set(owner, { creations: 0, deletions: new Set(pods), since: now });
  }

  /** Both at once. */
  expect(owner: number, creations: number, pods: readonly PodId[], now: VirtualTime): void {
    this.byOwner.set(owner, { creations, deletions: new Set(pods), since: now });
  }

  /** One was seen, or won't come. */
  creationObserved(owner: number): void {
    const expectation = this.byOwner.get(owner);
    if (expectation !== undefined) expectation.creations--;
  }

  deletionObserved(owner: number, pod: PodId): void {
    this.byOwner.get(owner)?.deletions.delete(pod);
  }

  forget(owner: number): void {
    this.byOwner.delete(owner);
  }
}
