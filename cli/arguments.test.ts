/** Values of options, and the line that repeats a call. */
import { describe, expect, test } from "vitest";
import { formats } from "../reports/formats/index.ts";
import { commandLine, reportNames, reportOption, seedOption, setOption, workersOption } from "./arguments.ts";

describe("an option's value", () => {
  test.each([
    [seedOption, "42", { value: 42 }],
    [seedOption, "-1", { problem: expect.any(String) as string }],
    [seedOption, "1e3", { problem: expect.any(String) as string }],
    [seedOption, "99999999999999999999", { problem: expect.any(String) as string }],
    [workersOption, "auto", { value: "auto" }],
    [workersOption, "4", { value: 4 }],
    [workersOption, "0", { problem: expect.any(String) as string }],
    [workersOption, "65", { problem: expect.any(String) as string }],
    [reportOption, "html,json", { value: ["html", "json"] }],
    [reportOption, "none", { value: [] }],
    [reportOption, "pdf", { problem: expect.stringContaining("pdf") as string }],
    [setOption, "duration", { problem: expect.any(String) as string }],
  ])("%o of %s", (option, text, parsed) => expect(option.parse!(text, undefined)).toEqual(parsed));

  test("of --set adds up", () => {
    expect(setOption.parse!("b=2", ["a=1"])).toEqual({ value: ["a=1", "b=2"] });
  });
});

test("the formats that --report names are the formats there are", () => {
  expect(reportNames).toEqual(Object.keys(formats));
});

describe("the line that repeats a call", () => {
  test("carries the seed unless it was given", () => {
    expect(commandLine(["run", "a.yaml"], 7)).toBe("npm start -- run a.yaml --seed 7");
    expect(commandLine(["run", "a.yaml", "--seed", "3"], 7)).toBe("npm start -- run a.yaml --seed 3");
    expect(commandLine(["run", "a.yaml", "--seed=3"], 7)).toBe("npm start -- run a.yaml --seed=3");
  });

  test("survives a shell", () => {
    expect(commandLine(["run", "my file's.yaml", "--set", "a=$b"])).toBe(`npm start -- run 'my file'\\''s.yaml' --set 'a=$b'`);
  });
});
