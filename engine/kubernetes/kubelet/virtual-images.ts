/** Images of the virtual runtime: what the node has, and how long a pull takes. */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";

export class VirtualImages {
  private readonly model: VirtualContext;

  constructor(model: VirtualContext) {
    this.model = model;
  }

  isThere(row: number, container: number): boolean {
    return this.model.modelsOf(row)[container]!.behaviour.image.present;
  }

  pull(row: number, container: number): void {
    const { image } = this.model.modelsOf(row)[container]!.behaviour;
    const isCached = this.model.kubelet.hasImage(this.model.table.plan(row).containers[container]!.image);
    const transfer = isCached ? 0 : Math.round((image.size / Math.max(1, this.model.settings.imagePullRate)) * SECOND);
    this.model.arm(row, this.model.kind(row, container, ContainerTimer.image), this.model.settings.imagePullLatency + transfer);
  }

  /** The pull has ended. */
  done(now: VirtualTime, row: number, container: number): void {
    this.model.kubelet.input(now, { kind: "imageReady", row, container });
  }
}
