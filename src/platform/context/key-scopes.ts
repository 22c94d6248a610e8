// The scopes of API keys. A route needs the scope that it names, or the one that follows from its
// kind and method.
import { SetMetadata } from '@nestjs/common';
import { AccessErrors } from '../errors/index.js';
import type { Access } from './access.decorator.js';

/**
 * `act`: act for users. `read`, `write`: users' data. `admin`: users, and the routes under
 * `/v1/admin`. `keys`: API keys. `secrets`: effective configurations with secrets. `import`:
 * conversations and messages with their original times.
 */
export const KEY_SCOPES = ['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export const ROUTE_SCOPE = Symbol('route scope');

/** Names the scope that a controller or handler needs, instead of the default for its kind. */
export const NeedsScope = (scope: KeyScope) => SetMetadata(ROUTE_SCOPE, scope);

const READ_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export const isRead = (method: string): boolean => READ_METHODS.has(method);

/** The scope of a route that names none. */
export function defaultScope(access: Access | undefined, method: string): KeyScope {
  if (access === 'service') return 'admin';
  return isRead(method) ? 'read' : 'write';
}

interface Holder {
  readonly kind: 'service' | 'user';
  readonly scopes: ReadonlySet<KeyScope>;
}

/** @throws AppError 403 that names the missing scope */
export function requireScope(principal: Holder | undefined, scope: KeyScope): void {
  if (principal?.scopes.has(scope)) return;
  throw AccessErrors.scopeMissing({ detail: `It needs the scope ${scope}.`, extra: { scope } });
}

/**
 * @throws AppError 403 that names the missing scope; `act` first, when a service key acts for a
 * user
 */
export function requireScopes(principal: Holder, access: Access, scope: KeyScope): void {
  if (access === 'user' && principal.kind === 'service') requireScope(principal, 'act');
  requireScope(principal, scope);
}
