// Seals the scope of the request: the user whose rows it may touch.
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  Identity,
  type Principal,
  readAt,
  type Scope,
  UserDirectory,
  type UserReference,
  UserScope,
} from '../context/index.js';
import { AccessErrors, AppError, RequestErrors } from '../errors/index.js';
import type { DoorStep } from './door-step.js';
import type { RouteRules } from './route-rules.js';

@Injectable()
export class UserScopeStep implements DoorStep {
  constructor(private readonly directory: UserDirectory) {}

  /** Returns a promise only for a user whom this process does not know. */
  enter(request: FastifyRequest, _reply: FastifyReply, rules: RouteRules): void | Promise<void> {
    const { principal } = request.context;
    const reference = principal && userReference(request);
    // BodyUserStep admits it then.
    if (!principal || (rules.userInBody && !principal.userId && reference === undefined)) return;
    return this.admit(request, rules, reference);
  }

  /** Decides the scope of a request of a credential that was admitted. */
  admit(
    request: FastifyRequest,
    rules: RouteRules,
    reference: UserReference | undefined,
  ): void | Promise<void> {
    const principal = request.context.principal!;
    const scope = this.resolveScope(principal, reference, rules);
    if (scope instanceof Promise)
      return scope.then((settled) => admitScope(request, principal, settled, reference));
    admitScope(request, principal, scope, reference);
  }

  private resolveScope(
    principal: Principal,
    reference: UserReference | undefined,
    { title }: RouteRules,
  ): Scope | null | Promise<Scope | null> {
    if (principal.userId) return this.ownScope(principal.userId, reference);
    if (reference === undefined)
      return { kind: 'system', reason: title, identity: new Identity(principal.proof, undefined) };
    return this.directory.resolve(reference.text);
  }

  /** A user's key may name its own user in the header, but no other. */
  private ownScope(
    userId: string,
    reference: UserReference | undefined,
  ): UserScope | Promise<UserScope> {
    const own = new UserScope(userId);
    if (reference === undefined || reference.id === userId) return own;
    return this.named(reference.text).then((named) => {
      if (named?.userId !== userId || named.provision) throw AccessErrors.forbidden();
      return own;
    });
  }

  /** Whether another user is there, active or not, is nothing that a user's key may learn. */
  private async named(text: string): Promise<UserScope | null> {
    try {
      return await this.directory.resolve(text);
    } catch (error) {
      if (error instanceof AppError && error.code === AccessErrors.userNotActive.code) return null;
      throw error;
    }
  }
}

const NO_SUCH_USER =
  'No user has the name in Threadkeep-User, and none is created for it. Create the user with POST /v1/users, or name one that exists.';

function admitScope(
  request: FastifyRequest,
  principal: Principal,
  scope: Scope | null,
  reference: UserReference | undefined,
): void {
  if (!scope && reference?.refusal)
    throw AccessErrors.userNotFound({ detail: `Threadkeep-User ${reference.refusal}.` });
  if (!scope) throw AccessErrors.forbidden({ detail: NO_SUCH_USER });
  if (scope.kind === 'user') scope.identity = new Identity(principal.proof, scope.proof);
  request.context.admittedScope = scope;
  request.context.allowsReplica = allowsReplica(request);
}

function allowsReplica({ method, headers }: FastifyRequest): boolean {
  const preference = headers['threadkeep-read'];
  if (preference !== undefined && preference !== 'primary') {
    throw RequestErrors.invalidQuery({
      errors: [{ pointer: 'Threadkeep-Read', message: 'must be primary, or be left out' }],
    });
  }
  return method === 'GET' && preference === undefined;
}

export function userReference(request: FastifyRequest): UserReference | undefined {
  const header = request.headers['threadkeep-user'];
  const { userInQuery, userParameter = '' } = request.context;
  const pointer = `?${userParameter}`;
  if (header === undefined)
    return userInQuery === undefined ? undefined : checked(pointer, userInQuery);
  // Node joins repeated headers. Two different users are a mistake of the client. A request within
  // the process has none that are repeated, and no such list.
  const isRepeated =
    String(header).includes(',') &&
    (request.raw.headersDistinct?.['threadkeep-user']?.length ?? 0) > 1;
  const named = checked('Threadkeep-User', isRepeated ? undefined : decodeHeader(String(header)));
  if (userInQuery === undefined || isSame(checked(pointer, userInQuery), named)) return named;
  throw RequestErrors.invalidQuery({
    errors: [{ pointer, message: 'is not what Threadkeep-User says' }],
  });
}

const checked = (pointer: string, text: unknown): UserReference =>
  readAt(text, pointer, RequestErrors.invalidQuery);

export const isSame = (a: UserReference, b: UserReference): boolean =>
  a.id === b.id && a.externalId === b.externalId;

/** Node decodes header bytes as Latin-1. Clients that send UTF-8 mean UTF-8. */
function decodeHeader(value: string): string {
  const decoded = Buffer.from(value, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? value : decoded;
}
