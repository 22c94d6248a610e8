// Walks a document of @nestjs/swagger, in which every part may be a reference.
import type {
  OpenAPIObject,
  OperationObject,
  ReferenceObject,
  ResponseObject,
  SchemaObject,
} from '@nestjs/swagger';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export interface DocumentedOperation {
  method: (typeof METHODS)[number];
  path: string;
  operation: OperationObject;
}

export function operationsOf({ paths }: OpenAPIObject): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ method, path, operation }] : [];
    }),
  );
}

/** The responses below 400, by status. They are never references: handlers declare them. */
export const successes = ({ responses }: OperationObject): [string, ResponseObject][] =>
  Object.entries(responses).filter((entry): entry is [string, ResponseObject] =>
    /^[23]/.test(entry[0]),
  );

export function schemaBehind(
  { components }: OpenAPIObject,
  schema: SchemaObject | ReferenceObject,
): SchemaObject {
  if (!('$ref' in schema)) return schema;
  return components!.schemas![schema.$ref.replace(/^.*\//, '')] as SchemaObject;
}
