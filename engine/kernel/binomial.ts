/**
 * Binomial counts, exact for any number of trials: by inversion where few successes are expected, else by
 * transformed rejection (BTRS, Hörmann 1993). Both with pinned bits.
 */
import { exp, log } from "./elementary.ts";
import type { Stream } from "./random.ts";

/** Fewer expected successes than this are drawn by inversion: the method's own bound. */
const REJECTION_MEAN_MIN = 10;

/** How many of `trials` succeed, each with chance `chance`. */
export function binomial(stream: Stream, trials: number, chance: number): number {
  if (trials === 0 || chance <= 0) return 0;
  if (chance > 0.5) return trials - binomial(stream, trials, 1 - chance);
  return trials * chance < REJECTION_MEAN_MIN ? byInversion(stream, trials, chance) : byRejection(stream, trials, chance);
}

/** -log(1 - p), with all digits for small p: the rate of failures per trial. */
export function failureRate(chance: number): number {
  return chance < 1e-5 ? chance * (1 + chance * (0.5 + chance / 3)) : -log(1 - chance);
}

function byInversion(stream: Stream, trials: number, chance: number): number {
  const odds = chance / (1 - chance);
  const none = exp(-trials * failureRate(chance));
  for (;;) {
    let left = stream.next();
    let share = none;
    // No count beyond `trials` has a share. What rounding leaves beyond the last that has one is drawn again.
    for (let count = 0; share > 0; count++) {
      if (left < share) return count;
      left -= share;
      share *= ((trials - count) / (count + 1)) * odds;
    }
  }
}

function byRejection(stream: Stream, trials: number, chance: number): number {
  const deviation = Math.sqrt(trials * chance * (1 - chance));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * chance;
  const centre = trials * chance + 0.5;
  const inner = 0.92 - 4.2 / b;
  const odds = chance / (1 - chance);
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((trials + 1) * chance);
  const atMode = stirlingRest(mode) + stirlingRest(trials - mode);
  for (;;) {
    const u = stream.next() - 0.5;
    const v = stream.next();
    const edge = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / edge + b) * u + centre);
    if (count < 0 || count > trials) continue;
    if (edge >= 0.07 && v <= inner) return count;
    const rest = trials - count;
    const bound =
      (mode + 0.5) * log((mode + 1) / (odds * (trials - mode + 1))) +
      (trials + 1) * log((trials - mode + 1) / (rest + 1)) +
      (count + 0.5) * log((odds * (rest + 1)) / (count + 1)) +
      atMode -
      stirlingRest(count) -
      stirlingRest(rest);
    if (log((v * alpha) / (a / (edge * edge) + b)) <= bound) return count;
  }
}

/** log k! less Stirling's formula for it at k + 1. */
function stirlingRest(k: number): number {
  if (k < firstRests.length) return firstRests[k]!;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

const firstRests: readonly number[] = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.0207906721037651, 0.0166446911898211, 0.0138761288230707,
  0.0118967099458917, 0.010411265261972, 0.0092554621827127, 0.0083305634333628,
];
