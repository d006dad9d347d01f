/**
 * Of mutation testing: the tests beside what is mutated, and the vectors; the whole suite would take days. One module
 * graph for all files (no isolation), as loading the engine takes longer than most tests, and the quickest file first,
 * as the first test that fails is enough. PODSTORM_MUTATION_TESTS names other tests, as globs with spaces between.
 */
import type { ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import base from "./vitest.config.ts";

/** The usual order begins with what takes longest. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toReversed();
  }
}

const config: ViteUserConfig = {
  ...base,
  test: {
    ...base.test,
    isolate: false,
    sequence: { sequencer: QuickestFirst },
    // What is mutated runs several times slower.
    testTimeout: 600_000,
    include: process.env["PODSTORM_MUTATION_TESTS"]?.split(" ") ?? [
      "engine/kernel/*.test.ts",
      "engine/kubernetes/kubelet/*.test.ts",
      "engine/kubernetes/controllers/*.test.ts",
      "cli/vectors.exam.ts",
    ],
    // Seconds each, for every mutant of what they run through: the queues' own tests, and whole kubelets in many versions.
    exclude: [
      ...(base.test?.exclude ?? []),
      "engine/kernel/{periodic,event-queue,heap-queue}.test.ts",
      "engine/kubernetes/kubelet/{elided-probes,kubelet-versions,behaviour}.test.ts",
    ],
  },
};
export default config;
