/** Images of containers whose Pod has another template by now: a status names what its instance runs, not what comes next. Pure. */
import type { Container, ContainerStatus, PodSpec, PodStatus } from "./pod.ts";

/** The status of a Pod whose template was replaced; the same object where no image differs. */
export function withImages(status: PodStatus, before: PodSpec, after: PodSpec): PodStatus {
  const initContainers = imagesOf(status.initContainers, before.initContainers, after.initContainers);
  const containers = imagesOf(status.containers, before.containers, after.containers);
  const isSame = initContainers === status.initContainers && containers === status.containers;
  return isSame ? status : Object.freeze({ ...status, initContainers, containers });
}

function imagesOf(
  statuses: readonly ContainerStatus[],
  before: readonly Container[],
  after: readonly Container[],
): readonly ContainerStatus[] {
  const fresh = statuses.map((entry, index) => imageOf(entry, before[index]?.image, after[index]?.image));
  return fresh.every((entry, index) => entry === statuses[index]) ? statuses : Object.freeze(fresh);
}

function imageOf(entry: ContainerStatus, before: string | undefined, after: string | undefined): ContainerStatus {
  const hasInstance = entry.state.type !== "waiting" || entry.lastState !== null;
  const runs = hasInstance ? (entry.image ?? before) : undefined;
  const image = runs === after ? undefined : runs;
  const { image: former, ...plain } = entry;
  if (image === former) return entry;
  return Object.freeze(image === undefined ? plain : { ...plain, image });
}
