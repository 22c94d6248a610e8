// Seals whose rows the request may touch, before any handler runs.
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { USER_PARAMETER } from './access.decorator.js';
import { AccessErrors, RequestErrors } from '../errors/index.js';
import { type Principal, UserDirectory } from './principal.js';
import { type Scope, UserScope } from './scope.js';

/** Longest externalId, in characters. */
export const EXTERNAL_ID_MAX = 255;

/**
 * A guard and not an interceptor, which it could be: Nest runs the handler of a route that has an interceptor inside a chain of
 * Observables, and that costs a tenth of a request.
 */
@Injectable()
export class UserScopeGuard implements CanActivate {
  constructor(private readonly directory: UserDirectory) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { principal } = request.context;
    if (!principal) return true;
    const scope = this.scopeOf(principal, request);
    return scope instanceof Promise ? scope.then((settled) => seal(request, settled)) : seal(request, scope);
  }

  private scopeOf(principal: Principal, request: FastifyRequest): Scope | null | Promise<Scope | null> {
    const reference = userReference(request);
    if (principal.userId) return this.ownScope(principal.userId, reference);
    if (reference === undefined) return { kind: 'system', reason: `${request.method} ${request.routeOptions.url ?? ''}` };
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

function seal(request: FastifyRequest, scope: Scope | null): true {
  if (!scope) throw AccessErrors.forbidden({ detail: 'The user who is named does not exist.' });
  request.context.seal(scope);
  request.context.allowsReplica = allowsReplica(request);
  return true;
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

function checked(pointer: string, reference: unknown): string {
  if (typeof reference === 'string' && reference !== '' && [...reference].length <= EXTERNAL_ID_MAX) return reference;
  throw RequestErrors.invalidQuery({ errors: [{ pointer, message: `must be one user id or externalId of 1 to ${EXTERNAL_ID_MAX} characters` }] });
}

/** Node reads header bytes as Latin-1; clients that send UTF-8 mean UTF-8. */
function decodeHeader(value: string): string {
  const decoded = Buffer.from(value, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? value : decoded;
}
