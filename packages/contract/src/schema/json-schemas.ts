import * as z from 'zod';
import { architectureSchema } from './architecture-schema.ts';
import { runSchema } from './run-schema.ts';
import { slipwaySchema } from './slipway-schema.ts';

/** JSON Schemas of what a person writes, for editors; file name to schema. */
export function jsonSchemas(): Record<
  'slipway.schema.json' | 'architecture.schema.json' | 'run.schema.json',
  JsonSchema
> {
  return {
    'slipway.schema.json': toJsonSchema(slipwaySchema),
    'architecture.schema.json': toJsonSchema(architectureSchema),
    'run.schema.json': toJsonSchema(runSchema),
  };
}

/** The part of JSON Schema that zod makes of our definitions. */
export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  examples?: unknown[];
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** The input side: what is written, before defaults. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as JsonSchema;
}
