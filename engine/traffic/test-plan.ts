/** What tests of this folder begin with: two Pods behind one Service, and one load on it (traffic-rig.ts), changed as a test needs it. */
import type { ApplicationBehaviour } from "../application/application.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { CLUSTER_SCOPE } from "../kubernetes/network/endpoint-view.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";
import { defaultSettings, type Settings } from "../settings.ts";
import type { RigPlan } from "./traffic-rig.ts";

export type RigLoad = RigPlan["loads"][number];

/** Without tails: one way takes 0.25 ms, the other as long. */
export const flatSettings: Settings = {
  ...defaultSettings,
  networkLatency: 250,
  networkLatencyP99: 250,
  watchLatency: 1000,
  watchLatencyP99: 1000,
};

export const quickBehaviour: ApplicationBehaviour = {
  serviceTime: { type: "constant", value: 10 * MILLISECOND },
  concurrency: 4,
  queue: 8,
} as ApplicationBehaviour;

export const anyEndpoint: ServiceRoute = {
  scope: CLUSTER_SCOPE,
  pick: "random",
  affinity: 0,
  hasHealthChecks: false,
  dropsWithoutLocal: false,
};

/** `fields`: those of any executor. */
export function testLoad(fields: object = {}): RigLoad {
  return {
    name: "load",
    namespace: "default",
    service: "web",
    port: null,
    executor: "constant-arrival-rate",
    rate: 100,
    from: 0,
    until: 1000 * SECOND,
    timeout: 1 * SECOND,
    retries: { max: 0, backoff: 0 },
    places: 1,
    target: 0,
    ...fields,
  } as RigLoad;
}

export function testPlan(fields: Partial<RigPlan> = {}): RigPlan {
  return {
    duration: 10 * SECOND,
    warmup: 0,
    seed: 1,
    settings: flatSettings,
    nodes: 2,
    pods: [{ node: 0 }, { node: 1 }],
    behaviour: quickBehaviour,
    loads: [testLoad()],
    writes: [{ at: 0, service: 0, pods: [0, 1] }],
    turns: [],
    settled: true,
    shards: 1,
    ...fields,
  };
}
