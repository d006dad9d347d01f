/** YAML for people: what is written reads back as the same value, whichever YAML reads it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseYaml } from "./yaml.ts";
import { yamlText } from "./yaml-text.ts";

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "yes",
    "No",
    "null",
    "~",
    "1e3",
    "0x1F",
    "0o7",
    "12:30",
    "1_000",
    "2026-01-01",
    "web:v1",
    "a: b",
    "- x",
    "#x",
    "50%",
    "p(99)<500ms",
    "30s",
    ".5",
    "",
    " a",
    "{",
    "=",
    "<<",
    "on",
    "100m",
    "1e",
    "1.2.3",
    "key=value:Effect",
  ),
);
const scalar = fc.oneof(word, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }), fc.boolean());
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      word.filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

test.each([true, false])("reads back, with YAML 1.1's booleans: %s", (hasOldBooleans) => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), value, { minKeys: 1, noNullPrototype: true }), (written) => {
      const { documents, issues } = parseYaml(yamlText(written), "x.yaml", { hasOldBooleans });
      expect(issues).toEqual([]);
      expect(documents[0]?.value).toEqual(written);
    }),
    { numRuns: 300 },
  );
});

test("puts on one line what fits there, and breaks down what doesn't", () => {
  const text = yamlText({
    short: { at: "1s", list: [1, "2"] },
    long: Array.from({ length: 3 }, (_, index) => ({
      name: `entry-${index}`,
      image: "registry.example.com/shop/web:v2",
      note: "x".repeat(5),
    })),
  });
  expect(text.split("\n").map((line) => line.slice(0, 24))).toEqual([
    "short: { at: 1s, list: [",
    "long:",
    "  - { name: entry-0, ima",
    "  - { name: entry-1, ima",
    "  - { name: entry-2, ima",
    "",
  ]);
});

test("fills lines with plain settings, up to three of them", () => {
  const load = { name: "shop", target: "service/web", executor: "poisson-arrival-rate", rate: "1000/s", timeout: "2s" };
  const fault = { at: "10s", type: "node-drain", selector: { deployment: "web" }, mode: "fixed", value: 1 };
  const probed = { name: "web", image: "web:v1", livenessProbe: { grpc: { port: 8080 }, periodSeconds: 1 } };
  const none = { ...load, name: "x".repeat(80) };
  expect(yamlText({ faults: [fault], containers: [probed], load: [load], none }).split("\n")).toEqual([
    "faults:",
    "  - { at: 10s, type: node-drain, selector: { deployment: web }, mode: fixed,",
    "      value: 1 }",
    "containers:",
    "  - name: web",
    "    image: web:v1",
    "    livenessProbe: { grpc: { port: 8080 }, periodSeconds: 1 }",
    "load:",
    "  - { name: shop, target: service/web, executor: poisson-arrival-rate,",
    "      rate: 1000/s, timeout: 2s }",
    "none:",
    `  name: ${"x".repeat(80)}`,
    "  target: service/web",
    "  executor: poisson-arrival-rate",
    "  rate: 1000/s",
    "  timeout: 2s",
    "",
  ]);
});
