/**
 * Whether a Pod uses more local disk than it may (pkg/kubelet/eviction/eviction_manager.go localStorageEviction):
 * then it is evicted, however much is left on the node. Pure.
 */
import type { Container, PodSpec } from "../objects/pod.ts";

/** What a container wrote: its own layer, logs, and an emptyDir of the Pod. */
export interface DiskUsage {
  readonly layer: number;
  readonly logs: number;
  readonly volume?: VolumeUsage;
}

export interface VolumeUsage {
  readonly name: string;
  readonly bytes: number;
}

type Shape = Pick<PodSpec, "containers" | "initContainers" | "emptyDirs">;

/** Whether the Pod has a limit at all. */
export function hasStorageLimit({ containers, initContainers, emptyDirs = [] }: Shape): boolean {
  return (
    emptyDirs.some(({ sizeLimit }) => sizeLimit !== null && sizeLimit > 0) ||
    [...initContainers, ...containers].some((container) => limitOf(container) > 0)
  );
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
  const { emptyDirs = [] } = spec;
  const bytesIn = (name: string): number => usage.reduce((sum, { volume }) => sum + (volume?.name === name ? volume.bytes : 0), 0);
  const full = emptyDirs.find(({ name, sizeLimit }) => sizeLimit !== null && sizeLimit > 0 && bytesIn(name) > sizeLimit);
  if (full !== undefined) return `Usage of EmptyDir volume "${full.name}" exceeds the limit "${textOf(full.sizeLimit!)}". `;
  const counted = ({ layer, logs }: DiskUsage): number => (hasImageDisk ? logs : layer + logs);
  const onDisk = emptyDirs.reduce((sum, { name, isMemory }) => sum + (isMemory ? 0 : bytesIn(name)), 0);
  const total = usage.reduce((sum, used) => sum + counted(used), onDisk);
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
