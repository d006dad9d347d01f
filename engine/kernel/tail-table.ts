/**
 * A log-normal quantity drawn from one 32-bit word: quantiles in 1,024 equally likely cells, linear within
 * a cell, exact beyond the last quantile. A tenth of the cost of an exact draw, and no two draws of a
 * latency in whole µs could tell them apart. Hot: bench/traffic.bench.ts, bench/cluster.bench.ts.
 */
import { exp, log } from "./elementary.ts";
import { normalAbove, normalBelow, normalDensity } from "./normal.ts";
import { subWord, word } from "./random.ts";
import { exponential } from "./ziggurat.ts";

const CELL_BITS = 10;
const CELLS = 1 << CELL_BITS;
const REST_BITS = 32 - CELL_BITS;
const REST = 1 / (1 << REST_BITS);
/** Sets the draws beyond the last quantile apart from the words that led there. */
const BEYOND = 0x1f83d9ab;

/** Standard normal quantiles of 1/1024 … 1023/1024; the first entry stands for -∞. */
const normalQuantiles = quantiles();

/** Immutable, and most runs ask for the same few. */
const known = new Map<string, TailTable>();
const KNOWN_MAX = 64;

export function tailTable(median: number, deviation: number): TailTable {
  const key = `${median}/${deviation}`;
  let table = known.get(key);
  if (table === undefined) {
    if (known.size === KNOWN_MAX) known.clear();
    known.set(key, (table = new TailTable(median, deviation)));
  }
  return table;
}

export class TailTable {
  private readonly median: number;
  private readonly deviation: number;
  private readonly quantile = new Float64Array(CELLS);

  /** `deviation` of the logarithm. */
  constructor(median: number, deviation: number) {
    this.median = median;
    this.deviation = deviation;
    for (let cell = 1; cell < CELLS; cell++) this.quantile[cell] = median * exp(deviation * normalQuantiles[cell]!);
    if (deviation === 0) this.quantile[0] = median;
  }

  /** Draw `index` of the stream (hi, lo), rounded and at least 1. */
  duration(hi: number, lo: number, index: number): number {
    const drawn = this.at(word(hi, lo, index) | 0, hi, lo, index);
    return drawn < 1 ? 1 : drawn < 2_000_000_000 ? (drawn + 0.5) | 0 : Math.round(drawn);
  }

  /** The draw that `bits` (32, uniform) stand for; (hi, lo, index) names the rare draws beyond the table. */
  at(bits: number, hi: number, lo: number, index: number): number {
    const cell = bits >>> REST_BITS;
    if (cell === CELLS - 1) return this.median * exp(this.deviation * normalBeyond(normalQuantiles[cell]!, hi, lo, index));
    const low = this.quantile[cell]!;
    return low + (this.quantile[cell + 1]! - low) * ((bits & ((1 << REST_BITS) - 1)) * REST);
  }

  /** Chance of a draw of at least `x` before it is rounded: of what `at` draws, so linear within a cell too. */
  shareFrom(x: number): number {
    const { quantile, deviation, median } = this;
    if (deviation === 0) return x <= median ? 1 : 0;
    if (x <= 0) return 1;
    const last = quantile[CELLS - 1]!;
    if (x >= last) {
      const beyond = normalQuantiles[CELLS - 1]!;
      return normalAbove(Math.max(beyond, log(x / median) / deviation)) / (normalAbove(beyond) * CELLS);
    }
    let cell = 0;
    for (let step = CELLS >> 1; step > 0; step >>= 1) if (quantile[cell + step]! <= x) cell += step;
    const low = quantile[cell]!;
    return (CELLS - cell - (x - low) / (quantile[cell + 1]! - low)) / CELLS;
  }
}

/** A standard normal variate above `from` (Marsaglia 1964). */
function normalBeyond(from: number, hi: number, lo: number, index: number): number {
  for (let attempt = 0; ; attempt++) {
    const x = Math.sqrt(from * from + 2 * exponential(hi ^ BEYOND ^ Math.imul(attempt, 0x2545f491), lo, index));
    if ((subWord(hi, lo, index, attempt) / 4294967296) * x <= from) return x;
  }
}

/** By Newton's method, each from the one before. */
function quantiles(): Float64Array {
  const found = new Float64Array(CELLS);
  found[0] = -Infinity;
  let z = 0;
  for (let cell = CELLS / 2; cell < CELLS; cell++) {
    for (let step = 0; step < 4; step++) z -= (normalBelow(z) - cell / CELLS) / normalDensity(z);
    found[cell] = z;
    found[CELLS - cell] = -z;
  }
  found[CELLS / 2] = 0;
  return found;
}
