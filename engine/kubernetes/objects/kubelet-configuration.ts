/**
 * What a node's kubelet is told by its configuration file, with KubeletConfiguration's field names: limits of
 * the node and its shutdown. Timing constants are settings.
 */
import type { Duration } from "../../kernel/time.ts";

export interface KubeletConfiguration {
  /** Signal to quantity or percentage ("memory.available": "100Mi"). Given, it replaces all defaults, as in Kubernetes. */
  readonly evictionHard: Readonly<Record<string, string>>;
  readonly evictionSoft: Readonly<Record<string, string>>;
  readonly evictionSoftGracePeriod: Readonly<Record<string, string>>;
  readonly evictionMinimumReclaim: Readonly<Record<string, string>>;
  /** Most seconds that a soft eviction grants. */
  readonly evictionMaxPodGracePeriod: number;
  /** All of the time that a graceful shutdown has; 0: none. */
  readonly shutdownGracePeriod: Duration;
  /** The part of it that is kept for critical Pods. */
  readonly shutdownGracePeriodCriticalPods: Duration;
}

/** Source: pkg/kubelet/apis/config/v1beta1/defaults.go, pkg/kubelet/eviction/defaults_linux.go. */
export const defaultKubeletConfiguration: KubeletConfiguration = Object.freeze({
  evictionHard: Object.freeze({
    "memory.available": "100Mi",
    "nodefs.available": "10%",
    "nodefs.inodesFree": "5%",
    "imagefs.available": "15%",
  }),
  evictionSoft: Object.freeze({}),
  evictionSoftGracePeriod: Object.freeze({}),
  evictionMinimumReclaim: Object.freeze({}),
  evictionMaxPodGracePeriod: 0,
  shutdownGracePeriod: 0,
  shutdownGracePeriodCriticalPods: 0,
});
