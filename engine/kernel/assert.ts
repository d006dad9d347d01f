/** Programmer errors stop the run at once, with words. */

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`podstorm bug: ${message}`);
}

/** The end of a switch over a closed set: a new member is a compile error here. */
export function unreachable(value: never): never {
  throw new Error(`podstorm bug: impossible value ${String(value)}`);
}
