/** Of mutation testing: the tests beside what is mutated, and the vectors; the whole suite would take days. */
import type { ViteUserConfig } from "vitest/config";
import base from "./vitest.config.ts";

const config: ViteUserConfig = {
  ...base,
  test: {
    ...base.test,
    // What is mutated runs several times slower.
    testTimeout: 600_000,
    include: [
      "engine/kernel/*.test.ts",
      "engine/kubernetes/kubelet/*.test.ts",
      "engine/kubernetes/controllers/*.test.ts",
      "cli/vectors.exam.ts",
    ],
  },
};
export default config;
