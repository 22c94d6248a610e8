// Makes the example of a body from the examples of its fields.
import type {
  OpenAPIObject,
  OperationObject,
  ReferenceObject,
  SchemaObject,
} from '@nestjs/swagger';
import { EXAMPLE_ID, EXAMPLE_TIME } from './common-fields.js';
import { schemaBehind, successes } from './operations.js';

type ExampleSchema = SchemaObject | ReferenceObject;

/** Gives every JSON body and answer of the operation an example. */
export function addExamples(document: OpenAPIObject, operation: OperationObject): void {
  const { requestBody } = operation;
  if (requestBody && !('$ref' in requestBody)) {
    const content = requestBody.content['application/json']!;
    content.examples = bodyExamples(document, content.schema!);
  }
  for (const [, { content }] of successes(operation)) {
    const json = content?.['application/json'];
    if (json) json.example = new ExampleMaker(document, true).make(json.schema!);
  }
}

/** One for each kind of body. A body has its required fields, and those that have an `example`. */
function bodyExamples(document: OpenAPIObject, schema: ExampleSchema) {
  const whole = schemaBehind(document, schema);
  const kinds = hasExample(whole) ? [schema] : (whole.oneOf ?? whole.anyOf ?? [schema]);
  const maker = new ExampleMaker(document, false);
  return Object.fromEntries(
    kinds.map((kind, i) => {
      const { title } = schemaBehind(document, kind);
      const name =
        '$ref' in kind ? kind.$ref.replace(/^.*\/|Dto$/g, '') : (title ?? `Body${i + 1}`);
      return [name, { value: maker.make(kind) }];
    }),
  );
}

class ExampleMaker {
  constructor(
    private readonly document: OpenAPIObject,
    /** An answer has all its fields; a body only what it needs. */
    private readonly isAnswer: boolean,
  ) {}

  make(given: ExampleSchema): unknown {
    const schema = schemaBehind(this.document, given);
    if (schema.example !== undefined) return schema.example;
    const [branch] = schema.allOf ?? schema.oneOf ?? schema.anyOf ?? [];
    if (branch) return this.make(branch);
    if (schema.enum) return schema.enum[0];
    const types = [schema.type ?? []].flat();
    if (this.isAnswer && types.includes('null')) return null;
    if (types.includes('object')) return this.object(schema);
    if (types.includes('array')) return schema.items ? [this.make(schema.items)] : [];
    return scalar(schema, types);
  }

  private object({ properties = {}, required = [] }: SchemaObject): Record<string, unknown> {
    const shown = Object.entries(properties).filter(
      ([name, property]) => this.isAnswer || required.includes(name) || hasExample(property),
    );
    return Object.fromEntries(shown.map(([name, property]) => [name, this.make(property)]));
  }
}

const hasExample = (property: ExampleSchema): boolean =>
  'example' in property && property.example !== undefined;

function scalar({ format, examples, minimum, default: usual }: SchemaObject, types: string[]) {
  if (Array.isArray(examples)) return examples[0] as unknown;
  if (usual !== undefined) return usual as unknown;
  if (types.includes('integer') || types.includes('number')) return minimum ?? 0;
  if (types.includes('boolean')) return false;
  if (format === 'uuid') return EXAMPLE_ID;
  if (format === 'date-time') return EXAMPLE_TIME;
  return types.includes('string') ? 'text' : null;
}
