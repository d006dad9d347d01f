/** Endpoints of the live load: the newest valid entry of the log, at real addresses and ports. */
import { describe, expect, it } from "vitest";
import { Bulletin } from "../../engine/kernel/bulletin.ts";
import type { EndpointEntry } from "../../engine/kubernetes/network/endpoint-log.ts";
import type { Service, ServicePort } from "../../engine/kubernetes/objects/service.ts";
import { takeAddresses } from "./addresses.ts";
import { EndpointReader, liveEndpoints } from "./endpoint-table.ts";
import { testContainer, testTemplate } from "./testdata/pods.ts";

function entry(position: number, service: number, pods: readonly number[]): EndpointEntry {
  return { position, service, committedAt: 0, pods, nodes: pods.map(() => 0), changed: 1, cause: 0 };
}

describe("the endpoint reader", () => {
  it("believes an entry from the instant on at which it is valid", () => {
    const log = new Bulletin<EndpointEntry>();
    const reader = new EndpointReader(log);
    log.append(entry(0, 0, [1]), 10);
    log.append(entry(1, 0, [1, 2]), 20);
    log.append(entry(2, 1, [3]), 20);
    expect([...reader.advance(9)]).toEqual([]);
    expect(reader.pods(0)).toEqual([]);
    expect([...reader.advance(10)]).toEqual([0]);
    expect(reader.pods(0)).toEqual([1]);
    expect([...reader.advance(25)]).toEqual([0, 1]);
    expect([reader.pods(0), reader.pods(1)]).toEqual([[1, 2], [3]]);
    expect([...reader.advance(30)]).toEqual([]);
  });
});

describe("live endpoints", () => {
  const portOf = (name: string, port: number, targetPort: number | string): ServicePort => ({ name, port, targetPort, protocol: "TCP" });
  const service: Service = {
    kind: "Service",
    metadata: { name: "web", namespace: "default", labels: {}, annotations: {} },
    spec: {
      type: "ClusterIP",
      selector: {},
      ports: [portOf("http", 80, "web"), portOf("admin", 81, 9090)],
      clusterIp: "",
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    },
  };
  const template = (containerPort: number): ReturnType<typeof testTemplate> =>
    testTemplate([testContainer({ ports: [{ name: "web", containerPort, protocol: "TCP", hostPort: null }] })]);

  it.each([
    ["its first port by default, a named target by the Pod's own port", null, [8080, 8081]],
    ["a port by number", 81, [9090, 9090]],
    ["a port by name", "admin", [9090, 9090]],
    ["a port that doesn't exist", "nothing", []],
  ])("takes %s", async (_case, port, expected) => {
    const addresses = await takeAddresses();
    const ips = [1, 2].map((pod) => addresses.of(pod, false).ip);
    const endpoints = liveEndpoints([1, 2, 3], service, { port }, addresses, (pod) => template(8079 + pod));
    expect(endpoints).toEqual(expected.map((real, index) => ({ pod: index + 1, ip: ips[index], port: real })));
    addresses.close();
  });

  it("leaves out a Pod without the named port", async () => {
    const addresses = await takeAddresses();
    addresses.of(1, false);
    expect(liveEndpoints([1], service, { port: null }, addresses, () => testTemplate([testContainer()]))).toEqual([]);
    addresses.close();
  });
});
