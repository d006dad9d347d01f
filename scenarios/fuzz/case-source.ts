/**
 * Where cases come from: everything drawn (to test podstorm itself), or a person's scenario of which what happens to it is
 * varied. Case `index` is a function of the seed, the index and the corpus alone, whichever worker draws it.
 */
import type { FuzzCase } from "./fuzz-case.ts";

export interface CaseSource {
  /** For progress and journals. */
  readonly name: string;
  /** Always valid. With a corpus, some draws are changes of one of its members. */
  draw(seed: number, index: number, corpus: readonly FuzzCase[]): FuzzCase;
}

export { selfSource } from "./self-source.ts";
export { scenarioSource } from "./scenario-source.ts";
