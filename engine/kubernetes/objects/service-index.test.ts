/** The index against asking every Service. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { labelsInclude } from "./label-selector.ts";
import { POD_NAME_LABEL, mayHaveLabels } from "./given-labels.ts";
import type { Service } from "./service.ts";
import { ServiceIndex } from "./service-index.ts";

const key = fc.constantFrom("app", "tier", POD_NAME_LABEL);
const labelsOf = fc.dictionary(key, fc.constantFrom("a", "b"), { maxKeys: 3 });
const namespaceOf = fc.constantFrom("default", "other");
const serviceOf = fc.record({ namespace: namespaceOf, selector: fc.option(labelsOf) });

function service({ namespace, selector }: { namespace: string; selector: Record<string, string> | null }, index: number): Service {
  return {
    kind: "Service",
    metadata: { name: `service-${index}`, namespace, labels: {}, annotations: {} },
    spec: {
      type: "ClusterIP",
      selector,
      ports: [],
      clusterIp: "",
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    },
  };
}

function numbered(services: readonly Service[]): { readonly service: Service; readonly index: number }[] {
  return services.map((service, index) => ({ service, index }));
}

test("no Service that selects the Pods is left out, and each comes once, in order", () => {
  fc.assert(
    fc.property(fc.array(serviceOf, { maxLength: 8 }), namespaceOf, labelsOf, (facts, namespace, labels) => {
      const services = facts.map(service);
      const candidates = new ServiceIndex(numbered(services)).candidates(namespace, labels);
      const may = (selector: Record<string, string>): boolean =>
        labelsInclude(labels, selector) || mayHaveLabels({ kind: "StatefulSet", name: "a" }, labels, selector);
      const selecting = facts.flatMap((one, index) =>
        one.namespace === namespace && one.selector !== null && may(one.selector) ? [index] : [],
      );
      expect(selecting.filter((index) => !candidates.includes(index))).toEqual([]);
      expect([...new Set(candidates)].sort((a, b) => a - b)).toEqual(candidates);
      expect(candidates.every((index) => facts[index]!.namespace === namespace)).toBe(true);
    }),
  );
});

test("of many Services with a selector of their own, one is looked at", () => {
  const services = Array.from({ length: 100 }, (_, index) => service({ namespace: "default", selector: { app: `app-${index}` } }, index));
  expect(new ServiceIndex(numbered(services)).candidates("default", { app: "app-7", tier: "web" })).toEqual([7]);
});
