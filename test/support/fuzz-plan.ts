// The requests of a fuzz run: for each operation half as the API document allows, half mutated; the same for the same seed.
import fc from 'fast-check';
import { mutated, serialise } from './fuzz-mutations.js';
import { type ApiDocument, type Operation, operationsOf } from './openapi-document.js';
import { type Draft, KNOWN_ID, PROPER_KEY, requestsOf } from './openapi-arbitrary.js';
import { Seeded } from './seeded.js';
import type { WireRequest } from './wire.js';

/** In an order of the seed's, so that operations meet each other's traces. */
export function planFuzz(document: ApiDocument, requests: number, seed: number): Draft[] {
  const operations = operationsOf(document);
  const each = Math.ceil(requests / operations.length);
  // A seed of its own for each: with one for all, every operation would meet the same mutations.
  const drafts = operations.flatMap((operation, i) =>
    fc.sample(draftsOf(document, operation), { numRuns: each, seed: seed + i }),
  );
  return shuffled(drafts, new Seeded(seed)).slice(0, requests);
}

function draftsOf(document: ApiDocument, operation: Operation): fc.Arbitrary<Draft> {
  const intact = requestsOf(document, operation);
  return fc.oneof(intact, mutated(intact, operation.body !== undefined));
}

function shuffled<T>(items: T[], random: Seeded): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** The request as it goes out, with the ids and keys of this run. */
export function toWire(
  draft: Draft,
  credential: Record<string, string>,
  knownId: (parameter: string) => string,
): WireRequest {
  const { method, path, id, query, contentType } = draft;
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const body = bodyOf(draft);
  return {
    method,
    path: `${path.replace(/(?<=\/):\w+/g, (parameter) => id.replaceAll(KNOWN_ID, () => knownId(parameter)))}${search ? `?${search}` : ''}`,
    headers: {
      ...headersOf(draft, credential),
      ...(body !== undefined && contentType !== undefined ? { 'content-type': contentType } : {}),
    },
    body,
  };
}

function bodyOf({ text, body }: Draft): string | undefined {
  if (text !== undefined) return text;
  return body === undefined ? undefined : serialise(body);
}

function headersOf(
  { headers }: Draft,
  { authorization, ...rest }: Record<string, string>,
): Record<string, string | string[]> {
  const { authorization: wanted, ...others } = headers;
  if (wanted === undefined) return { ...rest, ...others };
  const key = authorization!.replace('Bearer ', '');
  return {
    ...rest,
    ...others,
    authorization:
      wanted === PROPER_KEY ? authorization! : String(wanted).replaceAll(PROPER_KEY, key),
  };
}

/** The operation that the router should have chosen. */
export function operationAt(
  operations: Operation[],
  method: string,
  address: string,
): Operation | undefined {
  // Clients of other products may end their paths with a slash.
  const parts = address
    .split('?', 1)[0]!
    .replace(/^(\/compat\/.*)\/$/s, '$1')
    .split('/');
  const wanted = method === 'HEAD' ? 'GET' : method;
  const fits = ({ path, method: own }: Operation) => {
    const pattern = path.split('/');
    const matches = (part: string, i: number) =>
      part === decoded(parts[i]!) || (part.startsWith(':') && parts[i] !== '');
    return own === wanted && pattern.length === parts.length && pattern.every(matches);
  };
  return operations
    .filter(fits)
    .toSorted((a, b) => a.path.split(':').length - b.path.split(':').length)[0];
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
