// Says in the document that bodies refuse unknown fields, at every depth.
import type { OpenAPIObject, ReferenceObject, SchemaObject } from '@nestjs/swagger';
import { operationsOf } from './operations.js';

type Schema = SchemaObject | ReferenceObject;

/**
 * Sets `additionalProperties: false` for each DTO of a request body, and for the DTOs inside it.
 * Objects of the application, such as metadata, are no DTOs and stay open.
 */
export function closeBodies(document: OpenAPIObject): void {
  const closed = new Set<string>();
  const visit = (schema: Schema | undefined): void => {
    if (!schema) return;
    if ('$ref' in schema) return close(schema.$ref.replace(/^.*\//, ''));
    for (const part of [schema.oneOf, schema.anyOf, schema.allOf].flat()) visit(part);
    visit(schema.items);
    for (const field of Object.values(schema.properties ?? {})) visit(field);
  };
  const close = (name: string): void => {
    if (closed.has(name)) return;
    closed.add(name);
    const schema = document.components!.schemas![name] as SchemaObject;
    if (schema.properties) schema.additionalProperties ??= false;
    visit(schema);
  };
  for (const { operation } of operationsOf(document)) {
    const body = operation.requestBody;
    if (body && 'content' in body)
      for (const { schema } of Object.values(body.content)) visit(schema);
  }
}
