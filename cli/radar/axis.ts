/** `load.shop.rate=1x..3x:0.1x`: the values of one field, from one to another, or a list of them. */
import type { RadarAxis } from "../../reports/radar/radar-result.ts";
import type { Parsed } from "../commands/command.ts";

/** More values than anybody waits for. */
const VALUES_MAX = 1000;

interface Amount {
  readonly number: number;
  readonly unit: string;
}

/** `steps`: how many there are from end to end, unless the text says how far apart. */
export function parseAxis(text: string, steps: number): Parsed & ({ readonly value: RadarAxis } | { readonly problem: string }) {
  const equals = text.indexOf("=");
  const path = text.slice(0, equals).trim();
  if (equals < 1 || path === "") return problem(text);
  const written = text.slice(equals + 1).trim();
  const range = /^([^.,:]+(?:\.\d[^.,:]*)?)\.\.([^:,]+)(?::(.+))?$/.exec(written);
  if (range === null) return listed(path, written.split(","), text);
  const until = amountOf(range[2]!);
  if (until === null) return problem(text);
  const from = amountOf(range[1]!, until.unit);
  if (from === null || from.unit !== until.unit || from.number >= until.number)
    return { problem: `${text}: expected a smaller and a larger value of one unit, as in 1x..3x` };
  const step = range[3] === undefined ? { number: (until.number - from.number) / steps, unit: until.unit } : amountOf(range[3], until.unit);
  if (step === null || step.unit !== until.unit || step.number <= 0)
    return { problem: `${text}: expected a step above 0 in the unit of the values` };
  const count = Math.floor((until.number - from.number) / step.number + 1e-6);
  if (count >= VALUES_MAX) return { problem: `${text}: found more than ${VALUES_MAX} values, expected larger steps` };
  const numbers = Array.from({ length: count + 1 }, (_, index) => tidy(from.number + index * step.number));
  if (tidy(numbers.at(-1)!) < until.number) numbers.push(until.number);
  return { value: { path, numbers, values: numbers.map((number) => `${number}${until.unit}`) } };
}

function listed(path: string, texts: readonly string[], text: string): ReturnType<typeof parseAxis> {
  const amounts = texts.map((each) => amountOf(each.trim()));
  const found = amounts.filter((amount) => amount !== null);
  const [first] = found;
  if (first === undefined || found.length !== amounts.length) return problem(text);
  const isAscending = found.every(
    (amount, index) => amount.unit === first.unit && (index === 0 || amount.number > found[index - 1]!.number),
  );
  if (!isAscending) return { problem: `${text}: expected ascending values of one unit` };
  return { value: { path, numbers: found.map(({ number }) => number), values: found.map(({ number, unit }) => `${number}${unit}`) } };
}

function amountOf(text: string, unit = ""): Amount | null {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z%/]*)$/.exec(text.trim());
  return match === null ? null : { number: Number(match[1]), unit: match[2] === "" ? unit : match[2]! };
}

function problem(text: string): { readonly problem: string } {
  return { problem: `${text}: expected a field and its values, as in load.shop.rate=1x..3x:0.1x or load.shop.timeout=1s,2s,5s` };
}

/** Without the noise of binary fractions. */
function tidy(value: number): number {
  return Number(value.toPrecision(9));
}
