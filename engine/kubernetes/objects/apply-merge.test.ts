/** The three-way merge of kubectl apply on Pod templates. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { testContainer, testTemplate } from "../kubelet/test-node.ts";
import { mergedTemplate, mergedTexts } from "./apply-merge.ts";
import { withEnv, withImage, withMetadata, withResources } from "./pod-template.ts";
import type { Container, PodTemplate, ResourceList } from "./pod.ts";

const base: PodTemplate = testTemplate([testContainer("app"), testContainer("db")], {});

const change = fc.oneof(
  fc.record({ kind: fc.constant("env"), key: fc.constantFrom("A", "B"), value: fc.constantFrom("1", "2", null) }),
  fc.record({ kind: fc.constant("note"), key: fc.constantFrom("A", "B"), value: fc.constantFrom("1", "2", null) }),
  fc.record({ kind: fc.constant("cpu"), key: fc.constantFrom("app", "db"), value: fc.constantFrom("1", "2", null) }),
  fc.record({ kind: fc.constant("image"), key: fc.constantFrom("app", "db"), value: fc.constantFrom("1", "2", null) }),
);

const templates = fc.array(change, { maxLength: 4 }).map((changes) =>
  changes.reduce<PodTemplate>((template, { kind, key, value }) => {
    switch (kind) {
      case "env":
        return withEnv(template, null, { [key]: value })!;
      case "note":
        return withMetadata(template, "annotations", { [key]: value });
      case "cpu":
        return withResources(template, key, { cpu: value === "1" ? 100 : 200 }, {})!;
      default:
        return withImage(template, key, `image:${value ?? "0"}`)!;
    }
  }, base),
);

test("where nobody changed anything, the object becomes what the file says, to the byte", () => {
  fc.assert(
    fc.property(templates, templates, (last, wanted) => {
      expect(JSON.stringify(mergedTemplate(last, last, wanted))).toBe(JSON.stringify(wanted));
    }),
  );
});

test("a second apply of the same file changes nothing", () => {
  fc.assert(
    fc.property(templates, templates, templates, (last, live, wanted) => {
      const once = mergedTemplate(last, live, wanted);
      expect(JSON.stringify(mergedTemplate(wanted, once, wanted))).toBe(JSON.stringify(once));
    }),
  );
});

test("what the file says holds, what it said before goes, what others added stays", () => {
  const texts = mergedTexts({ said: "1", dropped: "1" }, { said: "2", dropped: "2", added: "3" }, { said: "4" });
  expect(texts).toEqual({ said: "4", added: "3" });
});

test("amounts of every resource stay as the file says", () => {
  const container = (limits: ResourceList): Container => ({ ...base.spec.containers[0]!, resources: { requests: {}, limits } });
  const with1 = (limits: ResourceList): PodTemplate => ({
    ...base,
    spec: { ...base.spec, containers: [container(limits), base.spec.containers[1]!] },
  });
  const wanted = with1({ cpu: 1, memory: 2, storage: 3, other: { "example.com/gpu": 4 } });
  expect(mergedTemplate(base, base, wanted)).toEqual(wanted);
  expect(mergedTemplate(with1({ storage: 5 }), with1({ storage: 5 }), with1({}))).toEqual(with1({}));
  expect(mergedTemplate(with1({}), with1({ storage: 5 }), with1({ cpu: 1 }))).toEqual(with1({ cpu: 1, storage: 5 }));
});
