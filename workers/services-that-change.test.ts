/** Services that an action points at other Pods or ports, and Pods that it gives a Service's label: they answer as those of the beginning do. */
import { expect, test } from "vitest";
import { clusterSpec } from "../engine/testdata/cluster.ts";
import { runHere } from "./run.ts";

const deployment = (name: string, port: number, labels: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: { containers: [{ name: "app", image: "app:v1", ports: [{ name: "web", containerPort: port }] }] },
    },
  },
});

const service = (selector: object, targetPort: number | string): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "front" },
  spec: { selector, ports: [{ port: 80, targetPort }] },
});

/** How many of about 2,000 requests are lost when one Service takes the place of another at 20 s of 40. */
async function lostWith(first: object, later: object, actions: readonly object[] = []): Promise<number> {
  const spec = clusterSpec(
    {
      duration: "40s",
      nodes: [{ count: 2, capacity: { cpu: "4", memory: "8Gi", pods: 20 } }],
      applications: [{ startUp: "1s", serviceTime: "10ms", image: { present: true }, shutdown: { drain: "2s" } }],
      load: [{ name: "clients", target: "service/front", rate: "50/s", timeout: "1s" }],
      actions: [...actions, { at: "20s", apply: "later" }],
    },
    [deployment("blue", 8080, { live: "yes" }), deployment("green", 9090), first],
    { later: [later] },
  );
  const { losses } = await runHere(spec, 1);
  return losses.reduce((sum, { count }) => sum + count, 0);
}

const blue = service({ app: "blue" }, 8080);

test.each([
  ["other Pods", service({ app: "green" }, 9090)],
  ["other Pods, by the name of their port", service({ app: "green" }, "web")],
])("a Service that is pointed at %s loses nothing", async (_, later) => {
  expect(await lostWith(blue, later)).toBe(0);
});

test("neither does one that selects Pods by a label that an action gives them", async () => {
  const live = service({ live: "yes" }, "web");
  const label = { at: "10s", label: { selector: { deployment: "green" }, count: 2, labels: ["live=yes"] } };
  expect(await lostWith(live, live, [label])).toBe(0);
});

test.each([
  ["Pods that nobody has", service({ app: "red" }, 8080)],
  ["a port that none of its Pods has", service({ app: "blue" }, "wbe")],
])("a Service that is pointed at %s loses every further request", async (_, later) => {
  const lost = await lostWith(blue, later);
  expect(lost).toBeGreaterThan(800);
  expect(lost).toBeLessThan(1100);
});
