/** `npm start`: without arguments the scenario of the README's first minute, with arguments `podstorm ARGUMENTS`. */
if (process.argv.length === 2) process.argv.push("run", "scenarios/library/rolling-update/scenario.yaml");
await import("./main.ts");

export {};
