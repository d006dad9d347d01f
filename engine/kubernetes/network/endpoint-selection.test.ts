/** Laws of the choice; upstream's own cases are among the vectors (engine/conformance). */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { selectEndpoints } from "./endpoint-selection.ts";

const endpoints = fc.array(
  fc.record({
    isReady: fc.boolean(),
    isServing: fc.boolean(),
    isTerminating: fc.boolean(),
    isLocal: fc.boolean(),
    zoneHints: fc.subarray(["a", "b"]),
  }),
  { maxLength: 6 },
);
const policies = fc.record({
  internal: fc.constantFrom("Cluster" as const, "Local" as const),
  external: fc.constantFrom("Cluster" as const, "Local" as const),
  isExternallyAccessible: fc.boolean(),
});

test.prop({ list: endpoints, policy: policies, zone: fc.constantFrom("a", "c", null) })(
  "traffic goes to ready endpoints if there is one, else to those that still serve; local ones stay on the node",
  ({ list, policy, zone }) => {
    const { cluster, local, reachable, hasAny } = selectEndpoints(list, policy, zone);
    const used = [...(cluster ?? []), ...(local ?? [])];
    expect(new Set(reachable)).toEqual(new Set(used));
    expect(cluster !== null || local !== null).toBe(true);
    if (cluster !== null && list.some(({ isReady }) => isReady))
      expect(cluster.length > 0 && cluster.every(({ isReady }) => isReady)).toBe(true);
    expect((local ?? []).every(({ isLocal }) => isLocal)).toBe(true);
    expect(used.every(({ isReady, isServing, isTerminating }) => isReady || (isServing && isTerminating))).toBe(true);
    expect(hasAny).toBe(list.some(({ isReady, isServing, isTerminating }) => isReady || (isServing && isTerminating)));
  },
);

test.prop({ list: endpoints })("hints never leave a zone without an endpoint that others have", ({ list }) => {
  const policy = { internal: "Cluster", external: "Cluster", isExternallyAccessible: false } as const;
  const near = selectEndpoints(list, policy, "a");
  expect(near.cluster!.length > 0).toBe(selectEndpoints(list, policy, null).cluster!.length > 0);
});
