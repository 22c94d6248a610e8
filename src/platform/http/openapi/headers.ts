// Request and response headers: described once as components, and referred to where they apply.
import { STATUS_CODES } from 'node:http';
import type {
  BaseParameterObject,
  OpenAPIObject,
  OperationObject,
  ResponseObject,
} from '@nestjs/swagger';
import type { DocumentedRoute } from './documented-routes.js';
import { successes } from './operations.js';

const REQUEST_HEADERS = {
  'Threadkeep-User': {
    description:
      'Only with a service key: the user to act for, by `id` or by `externalId`. An unknown `externalId` is created by the first write.',
    schema: { type: 'string' },
    example: 'customer-17',
  },
  'Threadkeep-Read': {
    description:
      'With read replicas: `primary` reads what was written a moment ago, also by others.',
    schema: { type: 'string', enum: ['primary'] },
  },
  'Idempotency-Key': {
    description:
      'Makes a retry safe: the first answer to this key is kept for 24 hours and sent again. 1 to 255 visible ASCII characters, unique for each request of one user.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: '5f0c2c9e-order-1742',
  },
  'If-Match': {
    description:
      'Edits only the version with this `ETag`, or 412. Messages that arrived since do not count.',
    schema: { type: 'string' },
    example: '"3"',
  },
  'If-None-Match': {
    description: 'Answers 304 without a body when the `ETag` is still this one.',
    schema: { type: 'string' },
    example: '"3"',
  },
} satisfies Record<string, BaseParameterObject>;

const RESPONSE_HEADERS = {
  'X-Request-Id': {
    description: "The request's id: the client's own if it sent one, otherwise a new one.",
    required: true,
    schema: { type: 'string' },
  },
  RateLimit: {
    description:
      'Requests that this credential has left (`r`) and seconds until the window ends (`t`). Absent where the limit is off.',
    schema: { type: 'string' },
    example: '"credential";r=999;t=10',
  },
  'RateLimit-Policy': {
    description: 'The limit that was exceeded: requests (`q`) in a window of seconds (`w`).',
    schema: { type: 'string' },
    example: '"credential";q=1000;w=10',
  },
  'Retry-After': {
    description: 'Seconds after which a retry can succeed.',
    schema: { type: 'integer', minimum: 1 },
  },
  'WWW-Authenticate': {
    description: 'Always `Bearer`.',
    required: true,
    schema: { type: 'string' },
  },
  ETag: {
    description: 'The version of what is answered, for `If-Match` and `If-None-Match`.',
    required: true,
    schema: { type: 'string' },
    example: '"3"',
  },
  Location: {
    description: 'The path of what was created.',
    required: true,
    schema: { type: 'string' },
  },
  Link: {
    description: 'The path of the next page, as `<...>; rel="next"`. Absent on the last page.',
    schema: { type: 'string' },
  },
  ProblemLink: {
    description:
      'The page about the code, as `</docs/errors/...>; rel="help"`: why it happens, and what to do.',
    required: true,
    schema: { type: 'string' },
    example: '</docs/errors/conversation.not_found>; rel="help"',
  },
  'Idempotent-Replayed': {
    description: '`true` when this answer was kept from an earlier request with the same key.',
    schema: { type: 'string', enum: ['true'] },
  },
} satisfies Record<string, BaseParameterObject>;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

export const headerReferences = (names: readonly ResponseHeader[]) =>
  Object.fromEntries(
    names.map((name) => [
      name === 'ProblemLink' ? 'Link' : name,
      { $ref: `#/components/headers/${name}` },
    ]),
  );

/** Puts the headers into the document's components, for the references of the operations. */
export function addHeaderComponents(document: OpenAPIObject): void {
  document.components!.headers = { ...RESPONSE_HEADERS };
  document.components!.parameters = Object.fromEntries(
    Object.entries(REQUEST_HEADERS).map(([name, header]) => [
      name,
      { name, in: 'header' as const, required: false, ...header },
    ]),
  );
}

/** The headers that a request of this operation may have, and those of its successes. */
export function describeHeaders(
  operation: OperationObject,
  method: string,
  { access, takesIfMatch, takesIdempotencyKey, words }: DocumentedRoute,
): void {
  const isRead = method === 'get';
  const headers = words?.headers ?? [];
  const isTaggedRead = isRead && headers.includes('ETag');
  if (isTaggedRead) operation.responses['304'] = { description: 'Not modified' };
  const sent: [keyof typeof REQUEST_HEADERS, boolean][] = [
    ['Threadkeep-User', access === 'user'],
    ['Threadkeep-Read', isRead && access !== 'public'],
    ['Idempotency-Key', takesIdempotencyKey],
    ['If-Match', takesIfMatch],
    ['If-None-Match', isTaggedRead],
  ];
  const references = sent.flatMap(([name, applies]) =>
    applies ? [{ $ref: `#/components/parameters/${name}` }] : [],
  );
  operation.parameters = [...(operation.parameters ?? []), ...references];
  for (const [status, response] of successes(operation)) {
    response.description ||= STATUS_CODES[status]!;
    const answered: [ResponseHeader, boolean][] = [
      ['X-Request-Id', true],
      ['RateLimit', access !== 'public'],
      ['Idempotent-Replayed', takesIdempotencyKey],
      ['Link', isPage(response)],
    ];
    const names = answered.flatMap(([name, applies]) => (applies ? [name] : []));
    response.headers = {
      ...headerReferences([...names, ...headers]),
      ...optional(words?.optionalHeaders ?? []),
    };
  }
}

const optional = (names: readonly ResponseHeader[]) =>
  Object.fromEntries(names.map((name) => [name, { ...RESPONSE_HEADERS[name], required: false }]));

const isPage = ({ content }: ResponseObject): boolean => {
  const schema = content?.['application/json']?.schema;
  if (schema === undefined) return false;
  const forms = '$ref' in schema ? [schema] : (schema.anyOf ?? []);
  return forms.length > 0 && forms.every((one) => '$ref' in one && one.$ref.endsWith('PageDto'));
};
