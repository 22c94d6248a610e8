// Makes the types of the TypeScript client from the API document: `npm run client:types` writes them.
import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

export const TYPES_FILE = fileURLToPath(
  new URL('../../../clients/typescript/src/api.ts', import.meta.url),
);

/** Routes that are not called as JSON over HTTP, or not by applications. */
const LEFT_OUT = /^\/(?:health|metrics|mcp|compat)\b|^\/v1\/stream$/;
/** A filter is sent as JSON, so its hundreds of parameters are one. */
const LEFT_OUT_PARAMETER = /^filter\[|^fields$/;
const LEFT_OUT_MEMBERS = new Set(['example', 'examples']);

/** The client takes a filter as an object, and writes its JSON. */
const FILTER = { type: 'object', additionalProperties: true };

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };
type Parameter = { $ref?: string; in: string; name: string };
interface Operation extends JsonObject {
  summary: string;
  parameters: Parameter[];
  responses: Record<string, { description: string; content?: JsonObject }>;
}

interface Document {
  openapi: string;
  info: JsonObject;
  paths: Record<string, Record<string, Operation>>;
  components: { parameters: Record<string, Parameter>; schemas: JsonObject };
}

/** @param text the API document, as JSON */
export async function apiTypes(text: string): Promise<string> {
  const document = reduced(JSON.parse(text) as Document);
  const types = astToString(await openapiTS(document, { defaultNonNullable: false }));
  const lines = types
    .replaceAll(/^ +\w+\?: never;\n/gm, '')
    .replaceAll(/^ +headers: \{\n +\[name: string\]: unknown;\n +\};\n/gm, '')
    .replaceAll(/^ +parameters: \{\n +\};\n/gm, '');
  const head = '// Made from /openapi.json by `npm run client:types`. Do not edit.\n';
  const style = await resolveConfig(TYPES_FILE);
  return format(head + lines, { ...style, parser: 'typescript' });
}

/** Leaves what an application needs: successes, without examples, under names without `Dto`. */
function reduced({ openapi, info, paths, components }: Document): string {
  const parameterOf = (given: Parameter): Parameter =>
    given.$ref ? components.parameters[given.$ref.split('/').at(-1)!]! : given;
  const operation = ({ summary, parameters, responses, requestBody }: Operation): JsonObject => ({
    summary,
    parameters: parameters
      .map(parameterOf)
      .filter((one) => one.in !== 'header' && !LEFT_OUT_PARAMETER.test(one.name)),
    ...(requestBody ? { requestBody } : {}),
    responses: Object.fromEntries(
      Object.entries(responses)
        .filter(([status]) => status.startsWith('2'))
        .map(([status, { description, content }]) => [
          status,
          { description, ...(content ? { content } : {}) },
        ]),
    ),
  });
  const kept = Object.entries(paths)
    .filter(([path]) => !LEFT_OUT.test(path))
    .map(([path, methods]) => [
      path,
      Object.fromEntries(Object.entries(methods).map(([name, one]) => [name, operation(one)])),
    ]);
  const all = { openapi, info, paths: Object.fromEntries(kept), components: schemasOf(components) };
  return JSON.stringify(simplified(all)).replaceAll(
    /(#\/components\/schemas\/\w+?|"\w+?)Dto"/g,
    '$1"',
  );
}

const schemasOf = ({ schemas }: Document['components']): JsonObject => ({
  schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => !/ItemDto$/.test(name))),
});

/** Without examples. The items of a page have all their members, because the client never trims them. */
function simplified(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(simplified);
  if (value['name'] === 'filter' && value['in'] === 'query') return { ...value, schema: FILTER };
  const [whole, trimmed] = (value['anyOf'] as { $ref?: string }[] | undefined) ?? [];
  if (whole?.$ref && trimmed?.$ref === whole.$ref.replace(/Dto$/, 'ItemDto')) return { ...whole };
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !LEFT_OUT_MEMBERS.has(name))
      .map(([name, child]) => [name, simplified(child)]),
  );
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const url = argv[2] ?? 'http://127.0.0.1:3000/openapi.json';
  await writeFile(TYPES_FILE, await apiTypes(await (await fetch(url)).text()));
}
