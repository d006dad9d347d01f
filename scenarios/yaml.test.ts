import { describe, expect, test } from "vitest";
import { formatIssue } from "./issues.ts";
import { parseYaml } from "./yaml.ts";

const problems = (text: string): readonly string[] => parseYaml(text, "f").issues.map(formatIssue);
const values = (text: string): readonly unknown[] => parseYaml(text, "f").documents.map(({ value }) => value);

describe("what is refused", () => {
  test.each([
    ["an alias without an anchor", "a: *b\n", ["f:1:4: found *b, expected an anchor &b before it"]],
    ["an anchor that holds itself", "a: &x\n  b: [1, *x]\n", ["f:2:10: found *x inside of &x, expected an alias that doesn't hold itself"]],
    ["a key that is a list", "? [a]\n: 1\n", ["f:1:3: found a key that isn't text, expected text as key"]],
    ["a key that would change objects", "__proto__: { a: 1 }\n", ["f:1:1: found the key __proto__, expected another key"]],
    ["merging what is no mapping", "a: 1\n<<: 5\n", ["f:2:1: found <<: 5, expected a mapping, or a list of mappings"]],
    ["a tag of one's own", "a: !Ref b\n", ["f:1:4: found the tag !Ref, expected a plain value"]],
    ["binary data", "a: !!binary aGk=\n", ["f:1:4: found the tag tag:yaml.org,2002:binary, expected a plain value"]],
    ["a tab as indentation", "a:\n\tb: 1\n", ["f:2:1: found Tabs are not allowed as indentation, expected valid YAML"]],
    ["a quote that doesn't end", 'a: "b\n', ['f:2:1: found Missing closing "quote, expected valid YAML']],
    [
      "a bracket that doesn't close",
      "a: [1, 2\n",
      ["f:2:1: found Flow sequence in block collection must be sufficiently indented and end with a ], expected valid YAML"],
    ],
  ])("%s", (_name, text, expected) => {
    expect(problems(text)).toEqual(expected);
    expect(parseYaml(text, "f").documents).toEqual([]);
  });

  test("duplicate keys, of which the first one counts, so that the rest can be checked", () => {
    const text = "a: 1\nb: 2\na: 3\n";
    expect(problems(text)).toEqual(['f:3:1: found the key "a" again, expected each key once (hint: it stands on line 1 already)']);
    expect(values(text)).toEqual([{ a: 1, b: 2 }]);
    expect(parseYaml(text, "f").documents[0]!.locate(["a"])).toEqual({ line: 1, column: 4 });
  });

  test("a bomb: aliases of aliases multiply", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array.from({ length: 9 }, () => `*l${level}`).join(", ")}]`,
    );
    expect(problems(["l0: &l0 [x, x, x, x, x, x, x, x, x]", ...levels].join("\n"))).toEqual([
      expect.stringContaining("found more than 1000000 values, expected at most 1000000, aliases followed"),
    ]);
  });

  test.each([
    ["mappings", Array.from({ length: 300 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
    ["lists", `${"[".repeat(300)}${"]".repeat(300)}`],
    ["more lists than the stack holds", "[".repeat(20_000)],
    ["dashes", `${"- ".repeat(5000)}a`],
  ])("deep nesting of %s", (_name, text) => {
    const found = problems(text);
    expect(found[0]).toMatch(/levels of nesting|nested too deeply/);
    expect(found.length).toBeLessThan(10);
  });

  test("hundreds of errors are told in a few lines", () => {
    expect(problems("a: b: c\n".repeat(500)).length).toBeLessThan(10);
  });

  test("more tokens than any sane file has", () => {
    const { issues } = parseYaml("- \n".repeat(1000), "f", { tokensMax: 1000 });
    expect(issues.map(formatIssue)).toEqual([
      "f:334:1: found more than 1000 tokens, expected a file of an ordinary size (hint: split it into several files)",
    ]);
  });

  test("other documents of the file are read all the same", () => {
    const { documents, issues } = parseYaml("a: 1\n---\nb: *a\n---\nc: 3\n", "f");
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { c: 3 }]);
    expect(issues).toHaveLength(1);
  });
});

describe("what is read", () => {
  test.each([
    ["JSON with tabs", '{\n\t"a": [1, 2.5, "x", null, true]\n}', [{ a: [1, 2.5, "x", null, true] }]],
    ["several documents, empty ones left out", "---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }]],
    ["Windows line ends", "a:\r\n  b: 1\r\n", [{ a: { b: 1 } }]],
    ["keys that are numbers, as they are written", "1: a\n1.10: b\ntrue: c\n", [{ 1: "a", "1.10": "b", true: "c" }]],
    ["block text", "a: |\n  x\n  y\nb: >-\n  x\n  y\n", [{ a: "x\ny\n", b: "x y" }]],
    ["aliases", "a: &x { b: 1 }\nc: *x\n", [{ a: { b: 1 }, c: { b: 1 } }]],
    [
      "merge keys: own values win, then the first source",
      "a: &a { x: 1, y: 1 }\nb: &b { y: 2, z: 2 }\nc: { <<: [*a, *b], x: 0 }\n",
      [{ a: { x: 1, y: 1 }, b: { y: 2, z: 2 }, c: { x: 0, y: 1, z: 2 } }],
    ],
    ["a key that only looks like a merge", '"<<": 1\n', [{ "<<": 1 }]],
    ["a key named constructor", "constructor: 1\ntoString: 2\n", [{ constructor: 1, toString: 2 }]],
    ["nothing at all", "", []],
    ["only comments", "# a\n# b\n", []],
  ])("%s", (_name, text, expected) => {
    expect(problems(text)).toEqual([]);
    expect(values(text)).toEqual(expected);
  });

  test("yes and no are booleans only for manifests, and only without quotes", () => {
    const text = 'a: [yes, No, on, OFF, "yes", y]\n';
    expect(values(text)).toEqual([{ a: ["yes", "No", "on", "OFF", "yes", "y"] }]);
    expect(parseYaml(text, "f", { hasOldBooleans: true }).documents[0]?.value).toEqual({ a: [true, false, true, false, "yes", "y"] });
  });

  test("a million aliases of one value cost one value", () => {
    const [value] = values(`a: &a { b: c }\nl: [${Array.from({ length: 1000 }, () => "*a").join(",")}]`) as [{ l: object[] }];
    expect(value.l[0]).toBe(value.l[999]);
  });
});

describe("places", () => {
  const text =
    "# comment\nfirst: 1\n---\nspec:\n  list:\n    - name: a\n      value: x\n    - {name: b, value: y}\n  empty:\n  base: &base\n    deep: 5\n  copy: *base\n  merged:\n    <<: *base\n    own: 1\n";
  const [, document] = parseYaml(text, "f").documents;
  test.each([
    [["spec"], "value", 5, 3],
    [["spec"], "key", 4, 1],
    [["spec", "list", 0, "value"], "value", 7, 14],
    [["spec", "list", 0, "value"], "key", 7, 7],
    [["spec", "list", 1, "value"], "value", 8, 24],
    [["spec", "list", 1], "value", 8, 7],
    [["spec", "empty"], "value", 9, 9],
    [["spec", "copy", "deep"], "value", 11, 11],
    [["spec", "merged", "deep"], "value", 11, 11],
    [["spec", "merged", "own"], "value", 15, 10],
    [["spec", "list", 7], "value", 6, 5],
    [["nowhere"], "value", 4, 1],
    [["spec", "base", "gone", "deeper"], "value", 11, 5],
  ] as const)("%j (%s) is at %d:%d", (path, aim, line, column) => {
    expect(document?.locate(path, aim)).toEqual({ line, column });
  });
});
