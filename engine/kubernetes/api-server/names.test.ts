import { expect, test } from "vitest";
import { barePod, podSpec } from "../control-plane.exam.ts";
import { podNameOf, podSuffix, templateHash, uidOrder } from "./names.ts";

test("100,000 Pods of a workload have distinct names of five safe characters", () => {
  const suffixes = new Set(Array.from({ length: 100_000 }, (_, ordinal) => podSuffix(1, "default/web", ordinal)));
  expect(suffixes.size).toBe(100_000);
  for (const suffix of [...suffixes].slice(0, 100)) expect(suffix).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
});

test("names depend on seed, workload and ordinal alone", () => {
  expect(podSuffix(1, "default/web", 3)).toBe(podSuffix(1, "default/web", 3));
  expect(podSuffix(2, "default/web", 3)).not.toBe(podSuffix(1, "default/web", 3));
  expect(podSuffix(1, "default/api", 3)).not.toBe(podSuffix(1, "default/web", 3));
});

test("a template's hash changes with its content and looks like Kubernetes'", () => {
  const { template } = barePod("web");
  expect(templateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  expect(templateHash({ ...template, spec: podSpec({ terminationGracePeriodSeconds: 31 }) })).not.toBe(templateHash(template));
});

test("a bare Pod keeps its own name, others are named after their ReplicaSet", () => {
  expect(podNameOf({ kind: "Pod", namespace: "default", name: "job" }, null, "abcde")).toBe("job");
  expect(podNameOf({ kind: "Deployment", namespace: "default", name: "web" }, "web-5d4", "abcde")).toBe("web-5d4-abcde");
});

test("the order of UIDs is neither the order of creation nor its reverse", () => {
  const order = Array.from({ length: 50 }, (_, ordinal) => uidOrder(1, "default/web", ordinal));
  const sorted = [...order].sort((a, b) => a - b);
  expect(order).not.toEqual(sorted);
  expect(order).not.toEqual([...sorted].reverse());
});
