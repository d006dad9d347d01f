/**
 * Images of one node (pkg/kubelet/images/image_manager.go): pull policy, what is present, one pull at a time
 * when pulls are serialized, back-off after a failed pull.
 *
 *   needed ─present─▶ ready        needed ─absent─▶ queued ─turn─▶ pulling ─▶ ready
 *                                                                     └─▶ ErrImagePull ─▶ back-off (ImagePullBackOff) ─▶ needed
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { Container, WaitingReason } from "../objects/pod.ts";
import { advanced, collected, waitUntil, type BackOffEntry, type BackOffRule } from "./back-off.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf } from "./pod-detail.ts";

/** What a start has to do about its image. */
export type ImageDecision =
  | { readonly type: "ready" }
  | { readonly type: "pull" }
  | {
      readonly type: "failed";
      readonly reason: WaitingReason;
      /** When another try makes sense; Infinity: the ordinary retry. */ readonly until: VirtualTime;
    };

/** EnsureImageExists, as a decision. `until`: end of the back-off in force, -Infinity if none. */
export function imageDecision(
  policy: Container["imagePullPolicy"],
  isPresent: boolean,
  until: VirtualTime,
  now: VirtualTime,
): ImageDecision {
  if (isPresent && policy !== "Always") return { type: "ready" };
  if (policy === "Never") return { type: "failed", reason: "ErrImageNeverPull", until: Infinity };
  if (now < until) return { type: "failed", reason: "ImagePullBackOff", until };
  return { type: "pull" };
}

export class ImageManager {
  private readonly node: NodeContext;
  private readonly rule: BackOffRule;
  private readonly present = new Set<string>();
  /** Pulls in order of asking; the first one runs. */
  private queue: { readonly row: number; readonly container: number }[] = [];

  constructor(node: NodeContext) {
    this.node = node;
    const { imageBackoffInitial, imageBackoffMax, imageBackoffExpiry } = node.settings;
    this.rule = { initial: imageBackoffInitial, max: imageBackoffMax, reset: imageBackoffExpiry };
  }

  /** The kubelet starts anew: what is on disk stays, pulls under way are gone. */
  restart(): void {
    this.queue = [];
  }

  addPresent(image: string): void {
    this.present.add(image);
  }

  isPresent(image: string): boolean {
    return this.present.has(image);
  }

  decide(now: VirtualTime, row: number, container: number): ImageDecision {
    const { table, port, settings } = this.node;
    const { image, imagePullPolicy } = table.plan(row).containers[container]!;
    if (!this.present.has(image) && port.hasImage?.(row, container) === true) this.present.add(image);
    const entry = this.entry(now, row, container, settings.imageBackoffExpiry);
    const until = entry === null ? -Infinity : waitUntil(entry, entry.lastUpdate, this.rule);
    return imageDecision(imagePullPolicy, this.present.has(image), until, now);
  }

  pull(row: number, container: number): void {
    this.queue.push({ row, container });
    if (this.queue.length === 1 || this.node.settings.serializeImagePulls === 0) this.node.port.pullImage(row, container);
  }

  /** A pull has ended. */
  ended(now: VirtualTime, row: number, container: number, succeeded: boolean): void {
    const { table } = this.node;
    const detail = detailOf(table, row).containers[container]!;
    if (succeeded) this.present.add(table.plan(row).containers[container]!.image);
    else detail.imageBackOff = advanced(detail.imageBackOff, now, now, this.rule);
    this.leave(row, container);
  }

  /** The Pod is gone: its pulls are nobody's business. */
  forget(row: number): void {
    for (const pull of this.queue.filter((pull) => pull.row === row)) this.leave(pull.row, pull.container);
  }

  private leave(row: number, container: number): void {
    const wasFirst = this.queue[0]?.row === row && this.queue[0].container === container;
    this.queue = this.queue.filter((pull) => pull.row !== row || pull.container !== container);
    const next = this.queue[0];
    if (wasFirst && next !== undefined && this.node.settings.serializeImagePulls !== 0) this.node.port.pullImage(next.row, next.container);
  }

  private entry(now: VirtualTime, row: number, container: number, collectAfter: number): BackOffEntry | null {
    const detail = detailOf(this.node.table, row).containers[container]!;
    detail.imageBackOff = collected(detail.imageBackOff, now, collectAfter, {
      anchor: this.node.startedAt,
      period: this.node.settings.housekeepingPeriod,
    });
    return detail.imageBackOff;
  }
}
