import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { service } from "../control-plane.exam.ts";
import type { Service } from "../objects/service.ts";
import { newestVersions } from "../versions.ts";
import { defaultProxyMode, isSplittable, routeOf, type WayIn } from "./service-route.ts";

function withSpec(fields: Partial<Service["spec"]>): Service {
  const base = service("web", { app: "web" });
  return { ...base, spec: { ...base.spec, ...fields } };
}

const routed = (fields: Partial<Service["spec"]>, wayIn: WayIn = "cluster-ip", mode: "iptables" | "ipvs" = "iptables") =>
  routeOf(withSpec(fields), wayIn, { ...defaultProxyMode, mode }, newestVersions);

test.each<[string, ReturnType<typeof routed>, boolean, boolean]>([
  ["nothing said", routed({}), false, true],
  ["Local inside, from inside", routed({ internalTrafficPolicy: "Local" }), true, true],
  ["Local inside, from outside", routed({ internalTrafficPolicy: "Local" }, "node-port"), false, true],
  ["Local outside, from inside", routed({ externalTrafficPolicy: "Local" }), false, true],
  ["Local outside, by a node's port", routed({ externalTrafficPolicy: "Local" }, "node-port"), true, true],
  ["Local outside, by a load balancer", routed({ externalTrafficPolicy: "Local" }, "load-balancer"), true, false],
  ["ipvs", routed({}, "cluster-ip", "ipvs"), false, false],
  ["affinity", routed({ sessionAffinity: "ClientIP", sessionAffinitySeconds: 60 }), false, false],
  ["headless", routed({ clusterIp: "None", internalTrafficPolicy: "Local", sessionAffinity: "ClientIP" }), false, true],
])("%s: whether it is local, and split at the endpoints", (_, route, isLocal, splits) => {
  expect([route.scope.isLocal, isSplittable(route)]).toEqual([isLocal, splits]);
});

test("packets for a node without endpoints are dropped by rules, but refused by ipvs", () => {
  expect(routed({ internalTrafficPolicy: "Local" }).dropsWithoutLocal).toBe(true);
  expect(routed({ internalTrafficPolicy: "Local" }, "cluster-ip", "ipvs").dropsWithoutLocal).toBe(false);
  expect(routed({}).dropsWithoutLocal).toBe(false);
});

test("affinity lasts as long as the Service says", () => {
  expect(routed({ sessionAffinity: "ClientIP", sessionAffinitySeconds: 60 }).affinity).toBe(60 * SECOND);
});
