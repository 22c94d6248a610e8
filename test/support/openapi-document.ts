// Our own API document as data: its operations, its schemas, and the smallest request each operation takes.

export interface JsonSchema {
  $ref?: string;
  description?: string;
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
  example?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
}

export interface Header {
  description?: string;
  required?: boolean;
  schema: JsonSchema;
  example?: unknown;
}

export interface Parameter extends Header {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
}

export interface Content {
  schema?: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface DocumentedResponse {
  description: string;
  headers?: Record<string, Header>;
  content?: Record<string, Content>;
}

type Reference = { $ref: string };

export interface Operation {
  operationId: string;
  method: string;
  /** With parameters as `:name`, as the router has them. */
  path: string;
  parameters: Parameter[];
  summary: string | undefined;
  description: string | undefined;
  tags: string[];
  body: { contentType: string; schema: JsonSchema; examples: unknown[] } | undefined;
  responses: Record<string, DocumentedResponse>;
  secured: boolean;
  /** The scope that a key needs. */
  scope: string | undefined;
}

export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, RawOperation>>;
  tags: { name: string; description: string }[];
  components: { schemas: Record<string, JsonSchema> } & Record<string, Record<string, unknown>>;
}

interface RawOperation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { content: Record<string, Content & { schema: JsonSchema }> };
  responses: Record<string, DocumentedResponse | Reference>;
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
        summary: raw.summary,
        description: raw.description,
        tags: raw.tags ?? [],
        parameters: (raw.parameters ?? []).map((one) => component<Parameter>(document, one)),
        body:
          contentType && content
            ? {
                contentType,
                schema: content.schema,
                examples: Object.values(content.examples ?? {}).map(({ value }) => value),
              }
            : undefined,
        responses: responsesOf(document, raw.responses),
        secured: (raw.security?.length ?? 0) > 0,
        scope: raw.security?.[0]?.['bearer']?.[0],
      };
    }),
  );
}

function responsesOf(
  document: ApiDocument,
  responses: RawOperation['responses'],
): Operation['responses'] {
  const resolved = Object.entries(responses).map(([status, given]) => {
    const response = component<DocumentedResponse>(document, given);
    const headers = Object.entries(response.headers ?? {}).map(
      ([name, header]) => [name, component<Header>(document, header)] as const,
    );
    return [status, { ...response, headers: Object.fromEntries(headers) }] as const;
  });
  return Object.fromEntries(resolved);
}

/** A component, given by itself or by a reference. */
function component<T extends object>({ components }: ApiDocument, given: T | Reference): T {
  if (!('$ref' in given)) return given;
  const [kind, name] = given.$ref.split('/').slice(2) as [string, string];
  return components[kind]![name] as T;
}

/** The schema behind a reference. */
export function resolve(document: ApiDocument, schema: JsonSchema): JsonSchema {
  if (!schema.$ref) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const target = document.components.schemas[name];
  if (!target) throw new Error(`the document has no schema ${name}`);
  return resolve(document, target);
}

/** The schemas of which a value fits one. Conditions on the fields of an object are none. */
export function alternativesOf({ oneOf, anyOf }: JsonSchema): JsonSchema[] | undefined {
  const isCondition = (one: JsonSchema) => one.required !== undefined && !one.properties;
  return oneOf ?? (anyOf?.every(isCondition) ? undefined : anyOf);
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
  minProperties = given.minProperties ?? 0,
): unknown {
  const schema = resolve(document, given);
  const branch = alternativesOf(schema)?.[0] ?? schema.allOf?.[0];
  if (branch) return sampleOf(document, branch, options, minProperties);
  if (schema.enum) return schema.enum[0];
  const [type] = typesOf(schema);
  if (type === 'object') return sampleObject(document, schema, options, minProperties);
  if (type === 'array') return [sampleOf(document, schema.items ?? {}, options)];
  if (type === 'integer' || type === 'number') return schema.examples?.[0] ?? schema.minimum ?? 0;
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  return sampleText(schema, options.text);
}

function sampleObject(
  document: ApiDocument,
  schema: JsonSchema,
  options: SampleOptions,
  minProperties: number,
): Record<string, unknown> {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return { note: options.text };
  const wanted = properties.filter(
    ([name, property]) =>
      schema.required?.includes(name) || (options.optional && takesText(document, property)),
  );
  if (wanted.length < minProperties) wanted.push(properties[0]!);
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

function sampleText(
  { format, pattern, examples, minLength = 0 }: JsonSchema,
  text: string,
): string {
  if (pattern !== undefined && examples && !new RegExp(pattern, 'u').test(text))
    return String(examples[0]);
  if (format === 'uuid') return '01900000-0000-7000-8000-000000000000';
  if (format === 'email') return `${text}@mail.example`;
  if (format === 'date-time') return '2026-01-02T03:04:05.678Z';
  return text.padEnd(minLength, text);
}
