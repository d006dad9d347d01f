/** Nodes: how many, how large, with which kubelet; and what scenarios say of the whole cluster. */
import fc from "fast-check";
import type { WrittenNodeGroup } from "../../../engine/kubernetes/objects/node.schema.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { maybe, oneOf, seconds, someOf, whole, withoutGaps, type FieldTable } from "./fields.ts";

const kubelet = someOf(
  {
    evictionHard: oneOf<unknown>({ "memory.available": "500Mi" }, { "nodefs.available": "10%" }, {}),
    evictionSoft: fc.constant({ "memory.available": "1Gi" }),
    evictionSoftGracePeriod: fc.constant({ "memory.available": "10s" }),
    evictionMinimumReclaim: fc.constant({ "memory.available": "100Mi" }),
    evictionMaxPodGracePeriod: whole(0, 20),
    shutdownGracePeriod: oneOf("20s", "5s"),
    shutdownGracePeriodCriticalPods: fc.constant("5s"),
  },
  3,
  // Each of these two is refused without the other, and the critical part without the whole.
).map(({ evictionSoft, evictionSoftGracePeriod, shutdownGracePeriod, shutdownGracePeriodCriticalPods, ...rest }) =>
  withoutGaps({
    ...rest,
    ...(evictionSoft === undefined
      ? {}
      : { evictionSoft, evictionSoftGracePeriod: evictionSoftGracePeriod ?? { "memory.available": "5s" } }),
    shutdownGracePeriod,
    ...(shutdownGracePeriod === undefined ? {} : { shutdownGracePeriodCriticalPods }),
  }),
);

const groupFields: FieldTable<WrittenNodeGroup> = {
  count: null,
  namePrefix: null,
  autoscaling: oneOf<unknown>(
    { max: 6, scaleUpDelay: "10s" },
    { min: 1, max: 5, scaleUpDelay: "5s", unneededTime: "20s", scaleDownDelay: "10s" },
  ),
  zones: whole(1, 3),
  zone: oneOf("a", "b"),
  capacity: oneOf<unknown>(
    { cpu: "8", memory: "32Gi", pods: 110 },
    { cpu: "1", memory: "1Gi" },
    { cpu: "2", memory: "4Gi", pods: 4 },
    { cpu: "4", memory: "8Gi", "ephemeral-storage": "2Gi", pid: 1000 },
    { cpu: "4", memory: "8Gi", "ephemeral-storage": "1Gi", inodes: "100k", imagefs: { storage: "1Gi" } },
  ),
  kubelet,
  labels: fc.constant({ disk: "fast" }),
  taints: oneOf<unknown>(
    [{ key: "dedicated", effect: "NoSchedule" }],
    [{ key: "slow", effect: "PreferNoSchedule" }],
    [{ key: "out", value: "x", effect: "NoExecute" }],
  ),
};

export interface NodesDraw {
  readonly count: number;
  readonly group: PlainDocument;
  readonly second: PlainDocument | undefined;
}

export const nodesDraw: fc.Arbitrary<NodesDraw> = fc.record({
  count: whole(1, 5),
  group: fc.oneof({ weight: 1, arbitrary: someOf({ zones: whole(1, 3), kubelet }, 5) }, { weight: 1, arbitrary: someOf(groupFields, 2) }),
  second: maybe(someOf(groupFields, 3), 2),
});

export function nodeGroups({ count, group, second }: NodesDraw): readonly PlainDocument[] {
  const first = { count, ...oneZone(group, count) };
  return second === undefined ? [first] : [first, { count: 1, namePrefix: "other", ...oneZone(second, 1) }];
}

/** `zone` and `zones` say the same, and there are no more zones than nodes. */
function oneZone({ zone, zones, ...rest }: PlainDocument, count: number): PlainDocument {
  return withoutGaps({ zone, zones: zone === undefined && zones !== undefined ? Math.min(Number(zones), count) : undefined, ...rest });
}

/** Releases between which most of what the model decides has changed, newest first. */
export const minors = [36, 34, 32, 30, 28, 26, 24, 22, 20] as const;

export const versionDraw: fc.Arbitrary<string | undefined> = maybe(
  fc.oneof(fc.constantFrom(...minors), whole(20, 36)).map((minor) => `1.${minor}`),
  4,
);

export const clusterDraw: fc.Arbitrary<PlainDocument> = someOf(
  {
    start: fc.constant("empty"),
    warmup: seconds(1, 20),
    serviceProxy: oneOf<unknown>(
      { mode: "iptables" },
      { mode: "nftables" },
      { mode: "ipvs", scheduler: "rr" },
      { mode: "ipvs", scheduler: "sh" },
    ),
    settings: oneOf<unknown>(
      { proxyMinSync: "0s" },
      { syncFrequency: "10s" },
      { crashBackoffInitial: "2s" },
      { nodeMonitorGrace: "10s" },
      { kcmQps: "2/s" },
    ),
  },
  1,
);
