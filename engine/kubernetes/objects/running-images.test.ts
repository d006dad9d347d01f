/** What a status says of images once its Pod has another template. */
import { expect, test } from "vitest";
import { pendingPodStatus, type ContainerState, type ContainerStatus, type PodSpec, type PodStatus } from "./pod.ts";
import { withImages } from "./running-images.ts";

const specOf = (...images: readonly string[]): PodSpec =>
  ({ containers: images.map((image) => ({ image })), initContainers: [] }) as unknown as PodSpec;
const running: ContainerState = { type: "running", startedAt: 1 };
const waiting: ContainerState = { type: "waiting", reason: "ContainerCreating" };
const entry = (state: ContainerState, image?: string): ContainerStatus => ({
  state,
  lastState: null,
  restartCount: 0,
  ready: false,
  started: false,
  ...(image === undefined ? {} : { image }),
});
const statusOf = (...containers: readonly ContainerStatus[]): PodStatus => ({ ...pendingPodStatus, containers });
const images = ({ containers }: PodStatus): (string | undefined)[] => containers.map(({ image }) => image);

test("names the former image of what has an instance, and of nothing else", () => {
  const status = statusOf(entry(running), entry(waiting), entry(running));
  expect(images(withImages(status, specOf("a:1", "b:1", "c:1"), specOf("a:2", "b:2", "c:1")))).toEqual(["a:1", undefined, undefined]);
});

test("keeps the image that runs over a second change, and forgets it when that changes back", () => {
  const first = withImages(statusOf(entry(running)), specOf("a:1"), specOf("a:2"));
  const second = withImages(first, specOf("a:2"), specOf("a:3"));
  expect(images(second)).toEqual(["a:1"]);
  expect(withImages(second, specOf("a:3"), specOf("a:1")).containers[0]).not.toHaveProperty("image");
});

test("is the same object where no image differs", () => {
  const status = statusOf(entry(running, "a:0"));
  expect(withImages(status, specOf("a:1"), specOf("a:1"))).toBe(status);
});
