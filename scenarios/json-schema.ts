/** The scenario's schemas printed as JSON Schema, for editors. */
import { jsonSchemaOf, scenarioSchema } from "./scenario.schema.ts";

/** Draft 2020-12; plain data. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return jsonSchemaOf(scenarioSchema);
}
