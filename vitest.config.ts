/** The test runner's settings; the seed of every property test is PODSTORM_SEED, 1 unless given, printed first. */
import { join } from "node:path";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const seed = process.env["PODSTORM_SEED"] ?? "1";
if (process.env["VITEST_WORKER_ID"] === undefined) process.stderr.write(`PODSTORM_SEED=${seed}\n`);

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules", "dist", ".stryker-tmp"],
    setupFiles: ["./vitest.setup.ts"],
    // Threads and processes that tests start take what an earlier one has compiled: half of what starting them costs.
    env: { PODSTORM_SEED: seed, NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/podstorm") },
    testTimeout: 60_000,
  },
});
export default config;
