/**
 * A mutant: a small fault planted in the engine to prove that an alarm rings. It is a patch of one place of one file's text,
 * made while the file is loaded; the tree stays as it is.
 */

/** Fuzzers that may find it: their own rules are what rings. */
export const fuzzers = ["kubelet lives", "clusters", "scenarios"] as const;
export type FuzzerName = (typeof fuzzers)[number];

export interface Mutant {
  readonly name: string;
  /** From the top of the tree. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** What a cluster with this fault does wrong. */
  readonly breaks: string;
  /** What is to ring first: a fuzzer, or a file of tests. */
  readonly alarm: FuzzerName | `${string}.test.ts`;
  /** Of tests: part of the name of those that are run; left out: all of the file. */
  readonly only?: string;
}

/** The text of the file with the fault in it. */
export function withFault({ name, file, from, to }: Mutant, text: string): string {
  const at = text.indexOf(from);
  if (at < 0 || text.includes(from, at + 1))
    throw new Error(`mutant ${name}: its text occurs ${at < 0 ? "nowhere" : "more than once"} in ${file}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}
