/**
 * Images of one node (pkg/kubelet/images/image_manager.go): pull policy, what is present, how many pulls run at
 * once, the registry limiter, back-off after a failed pull.
 *
 *   needed ─present─▶ ready        needed ─absent─▶ queued ─turn─▶ pulling ─▶ ready
 *                                                                     └─▶ ErrImagePull ─▶ back-off (ImagePullBackOff) ─▶ needed
 */
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { TokenBucket } from "../api-server/token-bucket.ts";
import { formatGoDuration } from "../../values/go-duration.ts";
import { isImageName } from "../objects/image-name.ts";
import type { Container, WaitingReason, WaitingState } from "../objects/pod.ts";
import { advanced, collected, imageBackOffRule, waitUntil, type BackOffEntry, type BackOffRule } from "./back-off.ts";
import type { NodeContext } from "./node-context.ts";
import { detailOf, type ContainerDetail } from "./pod-detail.ts";
import { containerAt } from "./pod-plan.ts";

/** What a start has to do about its image. */
export type ImageDecision =
  | { readonly type: "ready" }
  | { readonly type: "pull" }
  | {
      readonly type: "failed";
      readonly reason: WaitingReason;
      /** When another try makes sense; Infinity: the ordinary retry. */ readonly until: VirtualTime;
    };

/** EnsureImageExists, as a decision. `isPresent` null: the runtime can't say. `until`: end of the back-off in force, -Infinity if none. */
export function imageDecision(
  policy: Container["imagePullPolicy"],
  isPresent: boolean | null,
  until: VirtualTime,
  now: VirtualTime,
): ImageDecision {
  if (isPresent === null) return { type: "failed", reason: "ImageInspectError", until: Infinity };
  if (isPresent && policy !== "Always") return { type: "ready" };
  if (policy === "Never") return { type: "failed", reason: "ErrImageNeverPull", until: Infinity };
  if (now < until) return { type: "failed", reason: "ImagePullBackOff", until };
  return { type: "pull" };
}

interface Pull {
  readonly row: number;
  readonly container: number;
  /** As it was asked for: the Pod may have another one when the pull ends. */
  readonly image: string;
  readonly askedAt: VirtualTime;
  /** -1: it waits for its turn. */
  startedAt: VirtualTime;
}

export class ImageManager {
  private readonly node: NodeContext;
  private readonly rule: BackOffRule;
  private readonly present = new Set<string>();
  /** In order of asking; the first ones run. */
  private pulls: Pull[] = [];
  /** Null: no limit. */
  private readonly limit: TokenBucket | null;

  constructor(node: NodeContext) {
    this.node = node;
    const { registryPullQps, registryPullBurst } = node.settings;
    this.limit = registryPullQps === 0 ? null : new TokenBucket(registryPullQps, registryPullBurst);
    this.rule = imageBackOffRule(node.settings, node.version);
  }

  /** The kubelet starts anew: what is on disk stays, pulls under way are gone. */
  restart(): void {
    this.pulls = [];
  }

  addPresent(image: string): void {
    this.present.add(image);
  }

  get list(): readonly string[] {
    return [...this.present];
  }

  isPresent(image: string): boolean {
    return this.present.has(image);
  }

  decide(now: VirtualTime, row: number, container: number): ImageDecision {
    const { port, settings } = this.node;
    const { image, imagePullPolicy } = this.definition(row, container);
    if (!isImageName(image)) {
      this.warn(now, row, container, "InspectFailed", invalidName(image));
      return { type: "failed", reason: "InvalidImageName", until: Infinity };
    }
    if (!this.present.has(image) && port.hasImage?.(row, container) === true) this.present.add(image);
    const entry = this.entry(now, row, container, settings.imageBackoffExpiry);
    const until = entry === null ? -Infinity : waitUntil(entry, entry.lastUpdate, this.rule);
    const decision = imageDecision(imagePullPolicy, this.present.has(image), until, now);
    this.record(now, row, container, image, decision);
    return decision;
  }

  pull(now: VirtualTime, row: number, container: number): void {
    this.pulls.push({ row, container, image: this.definition(row, container).image, askedAt: now, startedAt: -1 });
    this.startNext(now);
  }

  /** A pull has ended; `error` is the runtime's text of a failure, null if it succeeded; `size` the image's bytes. */
  ended(now: VirtualTime, row: number, container: number, error: string | null, size: number): void {
    const pull = this.pulls.find((candidate) => candidate.row === row && candidate.container === container);
    const image = pull?.image ?? this.definition(row, container).image;
    if (error === null) {
      const isNew = !this.present.has(image);
      this.present.add(image);
      if (isNew) this.node.heartbeat.imagesChanged(now);
      const holder = this.holderOf(row, image);
      if (holder !== undefined) holder.pullError = "";
      if (pull !== undefined) this.recordPulled(now, pull, image, size);
    } else {
      const holder = this.holderOf(row, image);
      if (holder !== undefined) {
        holder.imageBackOff = advanced(holder.imageBackOff, now, now, this.rule);
        holder.pullError = error;
      }
      this.warn(now, row, container, "Failed", `Failed to pull image "${image}": ${error}`);
    }
    this.leave(now, row, container);
  }

  /** What the last pull of a container's image failed with. */
  pullError(row: number, container: number): string {
    return this.holder(row, container).pullError;
  }

  /** How the container waits that this reason keeps from its start (image_manager.go EnsureImageExists). */
  explained(row: number, container: number, reason: WaitingReason): WaitingState {
    const { image } = this.definition(row, container);
    const error = this.pullError(row, container);
    switch (reason) {
      case "InvalidImageName":
        return { type: "waiting", reason, message: invalidName(image) };
      case "ErrImageNeverPull":
        return { type: "waiting", reason, message: neverPulled(image) };
      case "ImagePullBackOff": {
        const namesError = this.node.version.pullBackOffNamesError && error !== "";
        return { type: "waiting", reason, message: `${backingOff(image)}${namesError ? `: ErrImagePull: ${error}` : ""}` };
      }
      default:
        return { type: "waiting", reason };
    }
  }

  /** The Pod is gone: its pulls are nobody's business. */
  forget(row: number): void {
    const { now } = this.node.simulator;
    for (const pull of this.pulls.filter((pull) => pull.row === row)) this.leave(now, pull.row, pull.container);
  }

  private leave(now: VirtualTime, row: number, container: number): void {
    this.pulls = this.pulls.filter((pull) => pull.row !== row || pull.container !== container);
    this.startNext(now);
  }

  private startNext(now: VirtualTime): void {
    const { settings, port } = this.node;
    const most = settings.serializeImagePulls !== 0 ? 1 : settings.maxParallelImagePulls === 0 ? Infinity : settings.maxParallelImagePulls;
    for (const pull of this.pulls.slice(0, most)) {
      if (pull.startedAt !== -1) continue;
      pull.startedAt = now;
      if (this.limit?.tryTake(now) !== false) port.pullImage(pull.row, pull.container);
      else return this.refused(now, pull);
    }
  }

  /** throttledImageService: whoever exceeds the limit fails at once. */
  private refused(now: VirtualTime, { row, container }: Pull): void {
    this.node.causes.current = this.node.note(row, CauseKind.imagePullFailed, now, container);
    this.ended(now, row, container, "pull QPS exceeded", 0);
    this.node.lifecycle.imageEnded(now, row, container, false);
    this.startNext(now);
  }

  private definition(row: number, container: number): Container {
    return containerAt(this.node.table.plan(row), container);
  }

  private entry(now: VirtualTime, row: number, container: number, collectAfter: number): BackOffEntry | null {
    const holder = this.holder(row, container);
    holder.imageBackOff = collected(holder.imageBackOff, now, collectAfter, {
      anchor: this.node.startedAt,
      period: this.node.settings.housekeepingPeriod,
    });
    return holder.imageBackOff;
  }

  /** The back-off's key is the Pod and the image: containers of one image share the entry, which the first of them keeps. */
  private holder(row: number, container: number): ContainerDetail {
    return this.holderOf(row, this.definition(row, container).image)!;
  }

  /** Undefined: no container of the Pod has this image any more. */
  private holderOf(row: number, image: string): ContainerDetail | undefined {
    return detailOf(this.node.table, row).containers.find((_, container) => this.definition(row, container).image === image);
  }

  private record(now: VirtualTime, row: number, container: number, image: string, decision: ImageDecision): void {
    const { node } = this;
    if (node.events === null) return;
    switch (decision.type) {
      case "ready": {
        const suffix = node.version.presentImageIsAccessible ? " and can be accessed by the pod" : "";
        return node.record(now, row, "Normal", "Pulled", `Container image "${image}" already present on machine${suffix}`, container);
      }
      case "pull":
        return node.record(now, row, "Normal", "Pulling", `Pulling image "${image}"`, container);
      case "failed":
        if (decision.reason === "ImagePullBackOff") node.record(now, row, "Normal", "BackOff", backingOff(image), container);
        else this.warn(now, row, container, "ErrImageNeverPull", neverPulled(image));
    }
  }

  private recordPulled(now: VirtualTime, { row, container, askedAt, startedAt }: Pull, image: string, size: number): void {
    const { node } = this;
    if (node.events === null) return;
    const { pulledEventsWithSize, pulledEventsWithWaiting } = node.version;
    const both = `in ${inMillis(now - startedAt)} (${inMillis(now - askedAt)} including waiting)`;
    const duration = pulledEventsWithWaiting ? both : `in ${formatGoDuration(now - askedAt)}`;
    const message = `Successfully pulled image "${image}" ${duration}${pulledEventsWithSize ? `. Image size: ${size} bytes.` : ""}`;
    node.record(now, row, "Normal", "Pulled", message, container);
  }

  private warn(now: VirtualTime, row: number, container: number, reason: string, message: string): void {
    this.node.record(now, row, "Warning", reason, message, container);
  }
}

function backingOff(image: string): string {
  return `Back-off pulling image "${image}"`;
}

function neverPulled(image: string): string {
  return `Container image "${image}" is not present with pull policy of Never`;
}

function invalidName(image: string): string {
  return `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
}

/** Truncated, as upstream prints it. */
function inMillis(duration: Duration): string {
  return formatGoDuration(duration - (duration % MILLISECOND));
}
