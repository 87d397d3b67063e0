// As much of OpenAPI as the page of the API reads.

export interface Schema {
  $ref?: string;
  resolved?: Schema | undefined;
  type?: string;
  format?: string;
  pattern?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
  examples?: unknown[] | Record<string, { value?: unknown }>;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
}

export interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, Media> };
  responses: Record<string, { description?: string; content?: Record<string, Media> }>;
}

export interface ApiDocument {
  info: { description?: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** What a reference points to; anything else is itself. */
export const resolved = (schema: Schema, document: ApiDocument): Schema | undefined =>
  schema.$ref ? document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] : schema;
