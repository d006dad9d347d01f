/**
 * Kubernetes quantities: "250m", "1Gi", "1e3". Held exactly, in whole nano units, because Kubernetes rounds
 * up to those and no further (apimachinery pkg/api/resource/quantity.go).
 */
export interface Quantity {
  /** Value × 10⁹. */
  readonly nano: bigint;
  /** How it was written, which decides its canonical form. */
  readonly family: "decimal" | "binary" | "exponent";
}

const NANO = 1_000_000_000n;
/** Powers of ten of the decimal suffixes, largest first. */
const decimalSuffixes: readonly (readonly [string, number])[] = [
  ["E", 18],
  ["P", 15],
  ["T", 12],
  ["G", 9],
  ["M", 6],
  ["k", 3],
  ["", 0],
  ["m", -3],
  ["u", -6],
  ["n", -9],
];
/** Powers of 1024, largest first. */
const binarySuffixes: readonly (readonly [string, number])[] = [
  ["Ei", 6],
  ["Pi", 5],
  ["Ti", 4],
  ["Gi", 3],
  ["Mi", 2],
  ["Ki", 1],
  ["", 0],
];

/** What a quantity looks like; anchored, for schemas too. */
export const quantityPattern: RegExp = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3}|[KMGTPE]i|[numkMGTPE])?$/;

/** Null if the text is no quantity, or one beyond all reason (more than 60 digits either way). */
export function parseQuantity(text: string): Quantity | null {
  if (text.length > 120 || !quantityPattern.test(text)) return null;
  const match = /^([+-]?)(\d*)\.?(\d*)(.*)$/.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match;
  const family = /^[eE][+-]?\d/.test(suffix) ? "exponent" : suffix.endsWith("i") ? "binary" : "decimal";
  const exponent = family === "exponent" ? Number(suffix.slice(1)) : (decimalSuffixes.find(([name]) => name === suffix)?.[1] ?? 0);
  if (exponent < -60 || exponent > 60) return null;
  const factor = power(1024n, binarySuffixes.find(([name]) => name === suffix)?.[1] ?? 0);
  // digits × factor × 10^(exponent + 9 − length of the fraction), rounded away from zero.
  const digits = BigInt(whole + fraction) * factor;
  const shift = exponent + 9 - fraction.length;
  const nano = shift >= 0 ? digits * power(10n, shift) : dividedUp(digits, power(10n, -shift));
  return { nano: sign === "-" ? -nano : nano, family };
}

/** The largest suffix of the same family that leaves a whole number: 1024Mi → 1Gi. */
export function canonicalQuantity({ nano, family }: Quantity): string {
  if (nano === 0n) return "0";
  const isWhole = nano % NANO === 0n;
  const isSmall = nano > -1024n * NANO && nano < 1024n * NANO;
  if (family === "binary" && isWhole && !isSmall) {
    const units = nano / NANO;
    const [suffix, exponent] = binarySuffixes.find(([, candidate]) => units % power(1024n, candidate) === 0n) ?? ["", 0];
    return `${units / power(1024n, exponent)}${suffix}`;
  }
  const [suffix, exponent] = decimalSuffixes.find(([, candidate]) => nano % power(10n, candidate + 9) === 0n) ?? ["n", -9];
  const units = nano / power(10n, exponent + 9);
  return family === "exponent" ? `${units}${exponent === 0 ? "" : `e${exponent}`}` : `${units}${suffix}`;
}

/** As a float64: exact for what fits one. */
export function quantityNumber(quantity: Quantity): number {
  return Number(quantity.nano) / 1e9;
}

/** Thousandths, rounded up: what the scheduler counts of CPU. */
export function quantityMilli(quantity: Quantity): number {
  return Number(ceilingOf(quantity.nano, 1_000_000n));
}

/** Whole units, rounded up: what the scheduler counts of memory and all else. */
export function quantityUnits(quantity: Quantity): number {
  return Number(ceilingOf(quantity.nano, NANO));
}

function power(base: bigint, exponent: number): bigint {
  let result = 1n;
  for (let count = 0; count < exponent; count++) result *= base;
  return result;
}

function dividedUp(positive: bigint, divisor: bigint): bigint {
  return (positive + divisor - 1n) / divisor;
}

function ceilingOf(value: bigint, divisor: bigint): bigint {
  return value > 0n ? dividedUp(value, divisor) : value / divisor;
}
