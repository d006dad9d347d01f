/** The test runner's settings; the seed of every property test is PODSTORM_SEED, 1 unless given, printed first. */
import { defineConfig, type ViteUserConfig } from "vitest/config";

const seed = process.env["PODSTORM_SEED"] ?? "1";
if (process.env["VITEST_WORKER_ID"] === undefined) process.stderr.write(`PODSTORM_SEED=${seed}\n`);

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules", "dist", ".stryker-tmp"],
    setupFiles: ["./vitest.setup.ts"],
    env: { PODSTORM_SEED: seed },
    testTimeout: 60_000,
  },
});
export default config;
