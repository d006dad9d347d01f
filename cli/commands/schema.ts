/** `podstorm schema`: the JSON Schema of scenario files, for editors and other programs. */
import { ExitCode } from "../exit-code.ts";
import type { Command } from "./command.ts";

export const schema: Command = {
  parameters: [],
  description: "Prints the JSON Schema of scenario files on stdout.",
  options: [],
  examples: [["podstorm schema > scenario.schema.json", "for an editor: # yaml-language-server: $schema=./scenario.schema.json"]],
  async run(call) {
    const { scenarioJsonSchema } = await import("../../scenarios/json-schema.ts");
    call.terminal.out(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
    return ExitCode.passed;
  },
};
