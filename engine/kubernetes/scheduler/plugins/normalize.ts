/** Scores brought to 0..100 over the nodes that a Pod may go to (pure). */

/** By the greatest, all 0 if that is 0. Source: plugins/helper/normalize_score.go. */
export function normalizedByGreatest(raw: readonly number[]): number[] {
  const most = Math.max(0, ...raw);
  return raw.map((score) => (most === 0 ? 0 : Math.floor((100 * score) / most)));
}

/** From least to greatest, all 0 if they are the same. Source: plugins/interpodaffinity/scoring.go. */
export function normalizedByRange(raw: readonly number[]): number[] {
  const least = Math.min(...raw);
  const range = Math.max(...raw) - least;
  return raw.map((score) => (range > 0 ? Math.trunc(100 * ((score - least) / range)) : 0));
}
