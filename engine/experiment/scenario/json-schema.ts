/** The scenario's schema as JSON Schema, for editors: the content of `scenarios/scenario.schema.json`. */
import { z } from "zod";
import { scenarioSchema } from "./schema.ts";

export const scenarioJsonSchema = (): Readonly<Record<string, unknown>> =>
  z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any" }) as Readonly<Record<string, unknown>>;
