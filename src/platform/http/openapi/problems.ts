// The error codes that a route can answer, by status, as responses that operations share.
import { ApiProperty, type OpenAPIObject, type OperationObject } from '@nestjs/swagger';
import {
  AccessErrors,
  type AppErrorFactory,
  ErrorRegistry,
  IdempotencyErrors,
  problemType,
  RequestErrors,
  ServerErrors,
} from '../../errors/index.js';
import { QuotaErrors } from '../../quotas/index.js';
import { EXAMPLE_ID } from './common-fields.js';
import type { DocumentedRoute } from './documented-routes.js';
import { headerReferences, type ResponseHeader } from './headers.js';

class ProblemField {
  @ApiProperty({
    description: 'JSON Pointer into the body, `?name` of the query or `:name` of the path.',
    example: '/title',
  })
  pointer: string;
  @ApiProperty({ description: 'What is allowed there.', example: 'must be text' }) message: string;
}

/** An error answer: RFC 9457 problem details, with members of our own. */
export class Problem {
  @ApiProperty({
    description:
      'URN of the kind of problem: a name, and no address. The header `Link` has the page about it.',
    example: 'urn:threadkeep:problem:conversation.not_found',
  })
  type: string;
  @ApiProperty({
    description: 'The kind of problem in words.',
    example: 'No such conversation',
  })
  title: string;
  @ApiProperty({ minimum: 400, maximum: 599, description: 'The HTTP status.', example: 404 })
  status: number;
  @ApiProperty({
    required: false,
    description: 'What was wrong with this request, and what to do.',
  })
  detail?: string;
  @ApiProperty({
    description: 'The kind of problem, for programs. A code keeps its meaning and its status.',
    example: 'conversation.not_found',
  })
  code: string;
  @ApiProperty({ description: 'The path that was requested.', example: '/v1/conversations' })
  instance: string;
  @ApiProperty({ description: "The request's id in the server's log.", example: EXAMPLE_ID })
  requestId: string;
  @ApiProperty({
    required: false,
    type: [ProblemField],
    description: 'Each wrong field; at most 20.',
  })
  errors?: ProblemField[];
}

const PROBLEM = { schema: { $ref: '#/components/schemas/Problem' } };
const MEDIA_TYPE = 'application/problem+json';

/** Errors that follow from what a route is. */
function errorsOf(
  operation: OperationObject,
  method: string,
  { access, takesIfMatch, takesIdempotencyKey, words }: DocumentedRoute,
): AppErrorFactory[] {
  const given: [boolean, AppErrorFactory[]][] = [
    [true, ANYWHERE],
    [access !== 'public', SECURED],
    [access === 'user', OF_A_USER],
    [access !== 'public' && method !== 'get', WRITES],
    [takesIdempotencyKey, Object.values(IdempotencyErrors)],
    [access === 'user' && STORES.has(method), [QuotaErrors.reached]],
    [hasPathParameter(operation), [RequestErrors.routeNotFound, RequestErrors.uriTooLong]],
    [method !== 'get', BODIES],
    [access === 'public' && method !== 'get', PUBLIC_WRITES],
    [takesIfMatch, [RequestErrors.preconditionFailed]],
    [true, [...(words?.errors ?? [])]],
  ];
  return given.flatMap(([applies, errors]) => (applies ? errors : []));
}

const ANYWHERE = [
  RequestErrors.malformed,
  RequestErrors.timeout,
  RequestErrors.misdirected,
  RequestErrors.headersTooLarge,
  ServerErrors.internal,
  ServerErrors.unavailable,
];
const SECURED = [
  AccessErrors.unauthenticated,
  AccessErrors.forbidden,
  AccessErrors.scopeMissing,
  RequestErrors.invalidQuery,
  RequestErrors.rateLimited,
  ServerErrors.overloaded,
  ServerErrors.timeout,
];
/** Who has no credential is limited by the address. */
const PUBLIC_WRITES = [
  RequestErrors.invalidQuery,
  RequestErrors.rateLimited,
  RequestErrors.tooMuchAtOnce,
  ServerErrors.overloaded,
  ServerErrors.timeout,
];
const OF_A_USER = [
  AccessErrors.userRequired,
  AccessErrors.userNotFound,
  AccessErrors.userNotActive,
  AccessErrors.userChanged,
  RequestErrors.tooMuchAtOnce,
];
const STORES = new Set(['post', 'put', 'patch']);
const WRITES = [AccessErrors.readOnly, ServerErrors.storageFull];
const BODIES = [
  RequestErrors.invalidBody,
  RequestErrors.tooLarge,
  RequestErrors.unsupportedMediaType,
  ServerErrors.busy,
];

const hasPathParameter = ({ parameters = [] }: OperationObject): boolean =>
  parameters.some((parameter) => 'in' in parameter && parameter.in === 'path');

/**
 * Adds the error responses of a route to its operation. Operations that answer the same set of
 * codes share one component.
 */
export function addProblems(
  { components }: OpenAPIObject,
  operation: OperationObject,
  method: string,
  route: DocumentedRoute,
): void {
  const shared = (components!.responses ??= {});
  const codes = new Set(errorsOf(operation, method, route).map(({ code }) => code));
  const statusOf = (code: string) => ErrorRegistry.get(code)!.status;
  for (const status of new Set([...codes].map(statusOf))) {
    const ofStatus = [...codes].filter((code) => statusOf(code) === status).toSorted();
    const name = `${status}-${ofStatus.join('-')}`;
    shared[name] ??= problemResponse(status, ofStatus);
    operation.responses[status] = { $ref: `#/components/responses/${name}` };
  }
  operation.responses.default = {
    description: 'Any other problem',
    content: { [MEDIA_TYPE]: PROBLEM },
  };
}

function problemResponse(status: number, codes: string[]) {
  const headers: ResponseHeader[] = ['X-Request-Id', 'ProblemLink'];
  if (status === 401) headers.push('WWW-Authenticate');
  if (status === 429) headers.push('RateLimit', 'RateLimit-Policy');
  if (status === 429 || status === 503 || codes.includes(IdempotencyErrors.inFlight.code))
    headers.push('Retry-After');
  return {
    description: codes
      .map((code) => `\`${code}\`: ${ErrorRegistry.get(code)!.title}.`)
      .join('\n\n'),
    headers: headerReferences(headers),
    content: {
      [MEDIA_TYPE]: {
        ...PROBLEM,
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}

/** All codes: the features register theirs when they are loaded, after the class above. */
export function addProblemComponents({ components }: OpenAPIObject): void {
  const { properties } = components!.schemas!['Problem'] as {
    properties: { code: { enum?: string[] } };
  };
  properties.code.enum = ErrorRegistry.codes();
  components!.examples = Object.fromEntries(
    ErrorRegistry.codes().map((code) => [code, { value: exampleOf(code) }]),
  );
}

function exampleOf(code: string) {
  const { status, title } = ErrorRegistry.get(code)!;
  const instance = '/v1/conversations';
  return { type: problemType(code), title, status, code, instance, requestId: EXAMPLE_ID };
}
