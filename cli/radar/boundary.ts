/**
 * Where along a line of values does something cease to hold? A few values from end to end first, side by side, then the gap
 * between the last that holds and the first that doesn't is halved. What is looked at doesn't depend on who answers first.
 */
export interface Boundary {
  /** Indexes; null: none was found. */
  readonly holds: number | null;
  readonly fails: number | null;
  /** It fails at the small values. */
  readonly isReversed: boolean;
  readonly isMonotone: boolean;
}

/** Of the first look. */
const FIRST_LOOKS = 5;

/** `holds` answers null when the search is interrupted: then there is no boundary. */
export async function findBoundary(count: number, holds: (index: number) => Promise<boolean | null>): Promise<Boundary | null> {
  const looks = firstLooks(count);
  const answers = await Promise.all(looks.map(holds));
  if (answers.includes(null)) return null;
  const changes = answers.filter((answer, look) => look > 0 && answer !== answers[look - 1]).length;
  const isReversed = changes > 0 && answers[0] === false && answers.at(-1) === true;
  const inOrder = looks.map((index, look) => ({ index, holds: answers[look] === true }));
  if (isReversed) inOrder.reverse();
  const firstFailing = inOrder.findIndex((look) => !look.holds);
  if (firstFailing < 0) return { holds: count - 1, fails: null, isReversed: false, isMonotone: true };
  const isMonotone = changes < 2;
  if (firstFailing === 0) return { holds: null, fails: inOrder[0]!.index, isReversed, isMonotone };
  let [holding, failing] = [inOrder[firstFailing - 1]!.index, inOrder[firstFailing]!.index];
  while (Math.abs(failing - holding) > 1) {
    const middle = Math.floor((holding + failing) / 2);
    const answer = await holds(middle);
    if (answer === null) return null;
    if (answer) holding = middle;
    else failing = middle;
  }
  return { holds: holding, fails: failing, isReversed, isMonotone };
}

/** The ends and what lies evenly between them. */
export function firstLooks(count: number): readonly number[] {
  const looks = Math.min(FIRST_LOOKS, count);
  if (looks < 2) return [0];
  return [...new Set(Array.from({ length: looks }, (_, look) => Math.round((look * (count - 1)) / (looks - 1))))];
}
