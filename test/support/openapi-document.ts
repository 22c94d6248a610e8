// Our own API document as data: its operations, its schemas, and the smallest request each operation takes.

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required?: boolean;
  schema: JsonSchema;
}

export interface Content {
  schema?: JsonSchema;
}

export interface DocumentedResponse {
  description: string;
  content?: Record<string, Content>;
}

export interface Operation {
  operationId: string;
  method: string;
  /** With parameters as `:name`, as the router has them. */
  path: string;
  parameters: Parameter[];
  body: { contentType: string; schema: JsonSchema } | undefined;
  responses: Record<string, DocumentedResponse>;
  secured: boolean;
}

export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, JsonSchema> };
}

interface RawOperation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, DocumentedResponse>;
  security?: Record<string, string[]>[];
}

export function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const [contentType, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
      return {
        operationId: raw.operationId,
        method: method.toUpperCase(),
        path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
        parameters: raw.parameters ?? [],
        body: contentType && content ? { contentType, schema: content.schema } : undefined,
        responses: raw.responses,
        secured: (raw.security?.length ?? 0) > 0,
      };
    }),
  );
}

/** The schema behind a reference. */
export function resolve(document: ApiDocument, schema: JsonSchema): JsonSchema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const target = document.components.schemas[name];
  if (!target) throw new Error(`the document has no schema ${name}`);
  return resolve(document, target);
}

export const typesOf = ({ type }: JsonSchema): string[] => [type ?? []].flat();

export interface SampleOptions {
  /** Stands wherever a text without a format may stand. */
  text: string;
  /** Optional fields too, but not optional numbers, which state conditions on what is stored. */
  optional: boolean;
}

/** One value that fits the schema. */
export function sampleOf(
  document: ApiDocument,
  given: JsonSchema,
  options: SampleOptions,
): unknown {
  const schema = resolve(document, given);
  const branch = schema.oneOf?.[0] ?? schema.anyOf?.[0] ?? schema.allOf?.[0];
  if (branch) return sampleOf(document, branch, options);
  if (schema.enum) return schema.enum[0];
  const [type] = typesOf(schema);
  if (type === 'object') return sampleObject(document, schema, options);
  if (type === 'array') return [sampleOf(document, schema.items ?? {}, options)];
  if (type === 'integer' || type === 'number') return schema.examples?.[0] ?? schema.minimum ?? 0;
  if (type === 'boolean') return false;
  return sampleText(schema, options.text);
}

function sampleObject(
  document: ApiDocument,
  schema: JsonSchema,
  options: SampleOptions,
): Record<string, unknown> {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return { note: options.text };
  const wanted = properties.filter(
    ([name, property]) =>
      schema.required?.includes(name) || (options.optional && takesText(document, property)),
  );
  return Object.fromEntries(
    wanted.map(([name, property]) => [name, sampleOf(document, property, options)]),
  );
}

function takesText(document: ApiDocument, given: JsonSchema): boolean {
  const schema = resolve(document, given);
  const [type] = typesOf(schema);
  if (type === 'array') return takesText(document, schema.items ?? {});
  return type === 'object' || (type === 'string' && schema.format === undefined);
}

function sampleText({ format, pattern, examples }: JsonSchema, text: string): string {
  if (pattern !== undefined && examples && !new RegExp(pattern, 'u').test(text))
    return String(examples[0]);
  if (format === 'uuid') return '01900000-0000-7000-8000-000000000000';
  if (format === 'email') return `${text}@mail.example`;
  if (format === 'date-time') return '2026-01-02T03:04:05.678Z';
  return text;
}
