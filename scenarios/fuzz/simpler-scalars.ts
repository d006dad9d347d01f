/** Simpler values in place of one of a scenario: smaller and rounder ones, the simplest first. */

/** Numbers that name something: another one is no simpler. */
const names: ReadonlySet<string> = new Set([
  "port",
  "targetPort",
  "containerPort",
  "hostPort",
  "nodePort",
  "code",
  "exitCode",
  "name",
  "image",
]);

/** Each is simpler than the value, so whoever takes one after the other comes to an end. */
export function simplerScalars(field: string, value: unknown): readonly (number | string)[] {
  if (names.has(field)) return [];
  if (typeof value === "number") return simplerNumbers(value);
  if (typeof value !== "string") return [];
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z%/]+)$/.exec(value);
  if (match === null) return simplerSpans(value);
  const [, digits = "", unit = ""] = match;
  if (Number(digits) === 0) return unit === "ms" ? ["0s"] : [];
  return simplerNumbers(Number(digits)).map((number) => `${number}${unit}`);
}

/** "1m30s" is told in its smallest unit, and goes on from there. */
function simplerSpans(value: string): readonly string[] {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(value);
  if (match === null || value === "") return [];
  const [hours, minutes, seconds] = [1, 2, 3].map((group) => Number(match[group] ?? 0));
  const total = hours! * 3600 + minutes! * 60 + seconds!;
  return simplerNumbers(total).map((number) => `${number}s`);
}

/** The small ones, then halfway between 0 and the value by powers of ten, then the rounder ones just below. */
function simplerNumbers(value: number): readonly number[] {
  if (value < 0 || !Number.isFinite(value)) return [0];
  const candidates = Number.isInteger(value) ? [...smallest, ...rounded(value)] : [0, 1, ...rounded(value)];
  return [...new Set(candidates)].filter((candidate) => isSimpler(candidate, value));
}

const smallest = [0, 1, 2, 3, 5];

/** One-digit numbers, one just beyond the value too: it is rounder. */
function rounded(value: number): readonly number[] {
  const numbers: number[] = [];
  for (let unit = 1; unit <= value; unit *= 10) for (const digit of [1, 2, 3, 4, 5, 6, 8]) numbers.push(digit * unit);
  const [half, one] = [Math.floor(value / 2), value - 1];
  return [...numbers.filter((number) => number <= value * 1.2), half, one];
}

function isSimpler(a: number, b: number): boolean {
  if (a === b) return false;
  if (a < b) return a < 10 || digitsOf(a) <= digitsOf(b) || a < b * 0.7;
  return digitsOf(a) < digitsOf(b);
}

/** Digits but for the noughts at the end. */
function digitsOf(value: number): number {
  return String(value).replace(".", "").replace(/0+$/, "").length;
}
