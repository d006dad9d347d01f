/** Colour and bars as the environment wants them. */
import { expect, test } from "vitest";
import { terminalOf } from "./terminal.ts";

const stream = (isTTY: boolean): { isTTY: boolean; write: () => boolean } => ({ isTTY, write: () => true });

test.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [false, { FORCE_COLOR: "1" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  [true, { TERM: "dumb" }, false],
])("terminal %s with %o is coloured: %s", (isTTY, environment, isColored) => {
  expect(terminalOf(stream(isTTY), stream(isTTY), environment).isColored).toBe(isColored);
});

test.each<[boolean, Record<string, string>, boolean]>([
  [true, {}, true],
  [false, {}, false],
  [true, { CI: "true" }, false],
  [true, { CI: "false" }, true],
])("terminal %s with %o rewrites lines: %s", (isTTY, environment, isInteractive) => {
  expect(terminalOf(stream(true), stream(isTTY), environment).isInteractive).toBe(isInteractive);
});

test.each([
  [undefined, 80],
  [0, 80],
  [56, 56],
])("a terminal of %s columns gets a report of %s", (columns, expected) => {
  const narrow = columns === undefined ? stream(true) : { ...stream(true), columns };
  expect(terminalOf(narrow, stream(true), {}).outColumns).toBe(expected);
});
