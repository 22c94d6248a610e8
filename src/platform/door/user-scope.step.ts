// Seals whose rows the request may touch.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EXTERNAL_ID_MAX, type Principal, type Scope, USER_PARAMETER, UserDirectory, UserScope } from '../context/index.js';
import { AccessErrors, RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class UserScopeStep implements DoorStep {
  constructor(private readonly directory: UserDirectory) {}

  /** Asks the database for a user whom this process does not know yet, and only then answers with a promise. */
  enter(request: FastifyRequest, _reply: FastifyReply, rules: RouteRules): void | Promise<void> {
    const { principal } = request.context;
    if (!principal) return;
    const scope = this.scopeOf(principal, request, rules);
    if (scope instanceof Promise) return scope.then((settled) => seal(request, settled));
    seal(request, scope);
  }

  private scopeOf(principal: Principal, request: FastifyRequest, { title }: RouteRules): Scope | null | Promise<Scope | null> {
    const reference = userReference(request);
    if (principal.userId) return this.ownScope(principal.userId, reference);
    if (reference === undefined) return { kind: 'system', reason: title };
    return this.directory.resolve(reference);
  }

  /** A user credential may repeat its own user in the header, and name no other. */
  private ownScope(userId: string, reference: string | undefined): UserScope | Promise<UserScope> {
    const own = new UserScope(userId);
    if (reference === undefined || reference === userId) return own;
    return Promise.resolve(this.directory.resolve(reference)).then((named) => {
      if (named?.userId !== userId || named.provision) throw AccessErrors.forbidden();
      return own;
    });
  }
}

function seal(request: FastifyRequest, scope: Scope | null): void {
  if (!scope) throw AccessErrors.forbidden({ detail: 'The user who is named does not exist.' });
  request.context.seal(scope);
  request.context.allowsReplica = allowsReplica(request);
}

function allowsReplica({ method, headers }: FastifyRequest): boolean {
  const preference = headers['threadkeep-read'];
  if (preference !== undefined && preference !== 'primary') {
    throw RequestErrors.invalidQuery({ errors: [{ pointer: 'Threadkeep-Read', message: 'must be primary, or not be there' }] });
  }
  return method === 'GET' && preference === undefined;
}

function userReference(request: FastifyRequest): string | undefined {
  const header = request.headers['threadkeep-user'];
  const { userInQuery } = request.context;
  if (header === undefined) return userInQuery === undefined ? undefined : checked(`?${USER_PARAMETER}`, userInQuery);
  // Node joins a header that was sent twice; whoever sent two users meant one of them.
  const isRepeated = String(header).includes(',') && (request.raw.headersDistinct['threadkeep-user']?.length ?? 0) > 1;
  const reference = decodeHeader(String(header)).trim();
  const named = checked('Threadkeep-User', isRepeated ? undefined : reference);
  if (userInQuery === undefined || userInQuery === named) return named;
  throw RequestErrors.invalidQuery({ errors: [{ pointer: `?${USER_PARAMETER}`, message: 'is not what Threadkeep-User says' }] });
}

/** NUL, and what stands for bytes that were not UTF-8. */
const UNSTORABLE = /[\0\ufffd]/;

function checked(pointer: string, reference: unknown): string {
  const isText = typeof reference === 'string' && reference !== '' && !UNSTORABLE.test(reference) && reference.isWellFormed();
  if (isText && [...reference].length <= EXTERNAL_ID_MAX) return reference;
  throw RequestErrors.invalidQuery({ errors: [{ pointer, message: `must be one user id or externalId of 1 to ${EXTERNAL_ID_MAX} characters, without NUL` }] });
}

/** Node reads header bytes as Latin-1; clients that send UTF-8 mean UTF-8. */
function decodeHeader(value: string): string {
  const decoded = Buffer.from(value, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? value : decoded;
}
