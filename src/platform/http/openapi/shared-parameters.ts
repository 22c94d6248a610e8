// Parameters that several operations have alike stand once in the document's components.
import type { OpenAPIObject, ParameterObject } from '@nestjs/swagger';
import { operationsOf } from './operations.js';

/**
 * Replaces each parameter that occurs more than once by a reference to `components.parameters`,
 * where it is named after itself: `limit`, `filter-createdAt-in`. A name that has several meanings
 * gets a number: `filter-status-2`.
 */
export function shareParameters(document: OpenAPIObject): void {
  const operations = operationsOf(document).map(({ operation }) => operation);
  const texts = operations
    .flatMap(({ parameters = [] }) => parameters)
    .map((parameter) => JSON.stringify(parameter));
  const seen = new Set<string>();
  const repeated = new Set(texts.filter((text) => seen.size === seen.add(text).size));
  const components = (document.components!.parameters ??= {});
  const references = new Map<string, string>();
  const referenceTo = (parameter: ParameterObject, text: string) => {
    if (!references.has(text)) {
      const key = freeKey(parameter.name, components);
      components[key] = parameter;
      references.set(text, `#/components/parameters/${key}`);
    }
    return { $ref: references.get(text)! };
  };
  for (const operation of operations) {
    if (!operation.parameters) continue;
    operation.parameters = operation.parameters.map((parameter) => {
      const text = JSON.stringify(parameter);
      return '$ref' in parameter || !repeated.has(text) ? parameter : referenceTo(parameter, text);
    });
  }
}

/** A key of components has no brackets. */
function freeKey(name: string, taken: object): string {
  const key = name
    .split(/[^\w.]+/)
    .filter(Boolean)
    .join('-');
  for (let n = 2, numbered = key; ; numbered = `${key}-${n++}`)
    if (!(numbered in taken)) return numbered;
}
