/** The score of a node for the images that it has already (pure). Source: pkg/scheduler/framework/plugins/imagelocality/image_locality.go. */
const MIB = 1024 * 1024;
const LEAST = 23 * MIB;
/** For each container. */
const MOST = 1000 * MIB;

/** An image that the node has, in bytes, and on how many of all nodes it is: what is on few nodes counts for less, so that not all Pods go there. */
export function scaledImageSize(size: number, nodes: number, allNodes: number): number {
  return Math.floor(size * (nodes / allNodes));
}

/** 0..100 for the sum over a Pod's containers. */
export function imageLocalityScore(sum: number, containers: number): number {
  const most = MOST * containers;
  const within = Math.min(Math.max(sum, LEAST), most);
  return Math.floor((100 * (within - LEAST)) / (most - LEAST));
}

/** A name without a tag means latest. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(":") <= name.lastIndexOf("/") ? `${name}:latest` : name;
}
