/** Runs before each test file: property tests draw from the one seed of the run (PODSTORM_SEED). */
import { configureGlobal } from "fast-check";

configureGlobal({ seed: Number(process.env["PODSTORM_SEED"] ?? "1") });
