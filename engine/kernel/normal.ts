/** The standard normal distribution function, with pinned bits, accurate in the far tail too. */
import { exp } from "./elementary.ts";

/** From here on the continued fraction converges quickly, and the series would cancel. */
const TAIL = 4;
const FRACTION_TERMS = 60;

export function normalDensity(z: number): number {
  return 0.3989422804014327 * exp(-0.5 * z * z);
}

/** Chance of a standard normal below z. */
export function normalBelow(z: number): number {
  if (z >= TAIL) return 1 - tail(z);
  if (z <= -TAIL) return tail(-z);
  return central(z);
}

/** Chance of a standard normal above z: accurate where `1 - normalBelow(z)` has no digits left. */
export function normalAbove(z: number): number {
  return normalBelow(-z);
}

/** By its series, which converges quickly for small z. */
function central(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > 1e-17 || term < -1e-17; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + normalDensity(z) * sum;
}

/** Laplace's continued fraction, from its end. */
function tail(z: number): number {
  if (z === Infinity) return 0;
  let fraction = z;
  for (let term = FRACTION_TERMS; term >= 1; term--) fraction = z + term / fraction;
  return normalDensity(z) / fraction;
}
