/**
 * Whether a Pod uses more local disk than it may (pkg/kubelet/eviction/eviction_manager.go localStorageEviction):
 * then it is evicted, however much is left on the node. Pure.
 */
import type { Container, PodSpec } from "../objects/pod.ts";

/** What a container wrote: its own layer, or logs. */
export interface DiskUsage {
  readonly layer: number;
  readonly logs: number;
}

type Shape = Pick<PodSpec, "containers" | "initContainers">;

/** Whether the Pod has a limit at all. */
export function hasStorageLimit({ containers, initContainers }: Shape): boolean {
  return [...initContainers, ...containers].some((container) => limitOf(container) > 0);
}

/**
 * The message of its eviction; null: it stays within its limits. `usage`: of the containers in the order of the
 * plan (init containers first). With an image disk of its own, layers lie there and don't count.
 */
export function storageExcess(
  spec: Shape,
  usage: readonly DiskUsage[],
  hasImageDisk: boolean,
  textOf: (bytes: number) => string,
): string | null {
  const counted = ({ layer, logs }: DiskUsage): number => (hasImageDisk ? logs : layer + logs);
  const total = usage.reduce((sum, used) => sum + counted(used), 0);
  const limit = podLimit(spec);
  if (limit > 0 && total > limit) return `Pod ephemeral local storage usage exceeds the total limit of containers ${textOf(limit)}. `;
  const all = [...spec.initContainers, ...spec.containers];
  const beyond = all.find((container, index) => limitOf(container) > 0 && counted(usage[index]!) > limitOf(container));
  return beyond === undefined ? null : `Container ${beyond.name} exceeded its local ephemeral storage limit "${textOf(limitOf(beyond))}". `;
}

/** PodLimits: the larger of what the regular containers may use together, with the sidecars, and any init container. */
function podLimit({ containers, initContainers }: Shape): number {
  let sidecars = 0;
  let initPeak = 0;
  for (const container of initContainers) {
    if (container.restartPolicy === "Always") sidecars += limitOf(container);
    initPeak = Math.max(initPeak, container.restartPolicy === "Always" ? sidecars : sidecars + limitOf(container));
  }
  const running = containers.reduce((sum, container) => sum + limitOf(container), sidecars);
  return Math.max(running, initPeak);
}

function limitOf({ resources: { limits } }: Container): number {
  return limits.storage ?? 0;
}
