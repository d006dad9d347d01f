/** Random durations and sizes, as plain data. `sample` (below) draws one. */

/** Parameters in the unit of the quantity (durations: µs; sizes: bytes). */
export type Distribution =
  | { readonly type: "constant"; readonly value: number }
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "exponential"; readonly mean: number }
  | { readonly type: "normal"; readonly mean: number; readonly deviation: number }
  /** Given by two quantiles, as people measure it. */
  | { readonly type: "logNormal"; readonly median: number; readonly p99: number }
  | { readonly type: "pareto"; readonly scale: number; readonly shape: number }
  | { readonly type: "weibull"; readonly scale: number; readonly shape: number }
  /** Drawn uniformly from measured values. */
  | { readonly type: "empirical"; readonly values: readonly number[] };
