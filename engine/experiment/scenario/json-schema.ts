/** The scenario's schema as JSON Schema, for editors: the text of `scenarios/scenario.schema.json`. */
import { z } from "zod";
import { scenarioSchema } from "./schema.ts";

export function scenarioJsonSchema(): string {
  const schema = z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any" });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
