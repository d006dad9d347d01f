/** The runner of vector files: what it accepts, what it prints, how it ends. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { conformance, projectFolder } from "./conformance.ts";
import type { VerifiedNames } from "./commands/verify.ts";
import { ExitCode } from "./exit-code.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-conformance-"));
beforeEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: unknown): string {
  const file = join(folder, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

interface Ran {
  readonly code: number;
  readonly text: string;
  /** What was given to the judge of traces. */
  readonly traces: readonly string[];
}

const noNames: VerifiedNames = { differ: [], unreadable: [], skipped: [] };

/** `tracesEnd`, `names`: how the comparison of traces ends. */
async function run(words: readonly string[], tracesEnd: number = ExitCode.passed, names: VerifiedNames = noNames): Promise<Ran> {
  const lines: string[] = [];
  const traces: string[] = [];
  const code = await conformance(
    words,
    (line) => lines.push(line),
    (files) => {
      traces.push(...files);
      return Promise.resolve({ code: tracesEnd, names });
    },
  );
  return { code, text: lines.join("\n").replaceAll(/ {2,}/g, " "), traces };
}

const quantity = (canonical: string): unknown => ({
  about: "",
  cases: [{ name: "kibi", input: { quantity: "1024" }, expect: { canonical } }],
});

describe("npm run conformance", () => {
  test("judges the project's own copy: nothing fails, every file is known, the traces go to their judge", async () => {
    const { code, text, traces } = await run([]);
    expect(text).toContain("98 files 2250");
    expect(text).not.toMatch(/Failed|Unknown|Unreadable/);
    expect(traces.length).toBe(globSync(`${projectFolder}/golden/*.json`, { exclude: ["**/index.json", "**/nodes.json"] }).length);
    expect(code).toBe(0);
  });

  test("judges a file of the same name from outside, with other cases", async () => {
    expect(await run([write("quantity_canonical.json", quantity("1024"))])).toMatchObject({ code: 0 });
  });

  test("ends with 1 when a case fails, and shows expected and found", async () => {
    const { code, text } = await run([write("quantity_canonical.json", quantity("1Ki"))]);
    expect(code).toBe(1);
    expect(text).toContain('quantity_canonical: kibi\n canonical: expected "1Ki", found "1024"');
  });

  test("searches a folder and those below; a file that no adapter knows is listed, tables beside the cases aren't", async () => {
    write("deep/er/quantity_canonical.json", quantity("1024"));
    write("deep/tea_leaves.json", { about: "", cases: [{}, {}] });
    write("deep/index.json", [1]);
    write("nodes.json", { nodes: [] });
    write("notes.md", "no JSON");
    const { code, text } = await run([folder]);
    expect(text).toContain("1 files 1 1 0 0");
    expect(text).toContain("Unknown: judged by nothing\n ");
    expect(text).toContain("tea_leaves.json: 2 cases, no adapter of this name");
    expect(text).not.toMatch(/index\.json|nodes\.json|notes\.md/);
    expect(code).toBe(0);
  });

  test("says which input field it doesn't understand", async () => {
    const file = write("quantity_canonical.json", { about: "", cases: [{ name: "a", input: { quantity: "1", base: 2 }, expect: {} }] });
    expect((await run([file])).text).toContain("unknown field base: quantity_canonical");
  });

  test("shows as many failures as asked for", async () => {
    const failing = [1, 2, 3, 4, 5].map((value) => ({ name: `of ${value}`, input: { quantity: `${value}` }, expect: { canonical: "?" } }));
    const file = write("quantity_canonical.json", { about: "", cases: failing });
    expect((await run([file])).text).toMatch(/of 3\n.*\n quantity_canonical: 2 more$/);
    expect((await run(["--failures", "1", file])).text).toContain("quantity_canonical: 4 more");
  });

  test("tells entries of `cases` that are none, and judges the others", async () => {
    const file = write("quantity_canonical.json", {
      about: "",
      cases: [null, ...(quantity("1024") as { cases: unknown[] }).cases, { name: "a" }],
    });
    const { code, text } = await run([file]);
    expect(text).toContain("quantity_canonical 1 1 0 0");
    expect(text).toContain("cases[0]: found null, expected a case");
    expect(text).toContain("cases[2]: a: found no input");
    expect(code).toBe(2);
  });

  test("says which part of the model differing traces are about", async () => {
    for (const name of ["c-some", "b-some", "f-some", "x-oom-one"]) write(`${name}.json`, { name, manifests: [], observed: [] });
    const { text } = await run([folder], ExitCode.thresholdFailed, { ...noNames, differ: ["b-some"], skipped: ["f-some"] });
    expect(text).toContain(
      "No kubelet trace differs (of 2)\nControl plane traces that differ: b-some\nControl plane traces skipped: f-some",
    );
    expect(text).toContain("traces: 2 agree, 1 differ, 1 skipped, 0 unreadable");
    expect((await run([folder], ExitCode.thresholdFailed, { ...noNames, differ: ["c-some"] })).text).toContain(
      "Kubelet traces that differ: c-some",
    );
  });

  test("doesn't say that traces agree when a file was unreadable", async () => {
    write("c-some.json", { name: "c-some", manifests: [], observed: [] });
    write("c-other.json", "{");
    const { code, text } = await run([folder]);
    expect(text).toContain("traces: 1 agree, 0 differ, 0 skipped, 1 unreadable");
    expect(code).toBe(2);
  });

  test.each([
    ["agree", ExitCode.passed, 0],
    ["differ", ExitCode.thresholdFailed, 1],
    ["can't be read", ExitCode.badInput, 2],
  ])("when traces %s, ends with their exit code %i as %i", async (_, tracesEnd, code) => {
    const file = write("d-some.json", { name: "d-some", manifests: [], observed: [] });
    expect(await run([folder], tracesEnd)).toMatchObject({ code, traces: [file] });
  });

  test.each([
    ["a path that isn't there", "nowhere.json", "ENOENT"],
    ["an option that isn't one", "--fast", "unknown option --fast"],
  ])("ends with 2 on %s", async (_, word, text) => {
    const result = await run([word.startsWith("-") ? word : join(folder, word)]);
    expect(result.text).toContain(text);
    expect(result.code).toBe(2);
  });

  test("ends with 2 on a file that is no JSON, when nothing was there to judge, and on a count that is none", async () => {
    expect(await run([write("quantity_canonical.json", "{")])).toMatchObject({
      code: 2,
      text: expect.stringContaining("Unreadable") as string,
    });
    mkdirSync(join(folder, "empty"), { recursive: true });
    expect((await run([join(folder, "empty")])).code).toBe(2);
    expect((await run(["--failures", "many"])).text).toContain("--failures: expected a whole number, found many");
  });

  test("does what the vectors' README says", () => {
    const commands = [...readFileSync(join(projectFolder, "vectors/README.md"), "utf8").matchAll(/npm run conformance -- (\S+) /g)];
    const folders = commands.map(([, word]) => word!).filter((word) => existsSync(word));
    expect(folders).toEqual(["engine/conformance/vectors"]);
    const { status, stdout, stderr } = spawnSync(process.execPath, ["cli/conformance.ts", ...folders], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^98 files .* 0 +\d+$/m);
    expect(status).toBe(0);
  });

  test("is documented with the command that runs it", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    expect(scripts["conformance"]).toBe("node cli/conformance.ts");
    expect(readFileSync("CONTRIBUTING.md", "utf8")).toContain("`npm run conformance`");
  });
});
