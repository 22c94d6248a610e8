// What keys may do. A route needs the scope that follows from who may call it and from its method,
// or the one it names.
import { SetMetadata } from '@nestjs/common';
import { AccessErrors } from '../errors/index.js';
import type { Access } from './access.decorator.js';

/**
 * `act`: act for users. `read`, `write`: users' data. `admin`: users, and the routes under
 * `/v1/admin`. `keys`: API keys. `secrets`: effective configurations with secrets. `import`:
 * conversations with ids and times of the past.
 */
export const KEY_SCOPES = ['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

export const ROUTE_SCOPE = Symbol('route scope');

/** On a controller or handler that needs another scope than its kind of route does. */
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

/** @throws AppError 403 that names the scope the key lacks */
export function requireScope(principal: Holder | undefined, scope: KeyScope): void {
  if (principal?.scopes.has(scope)) return;
  throw AccessErrors.scopeMissing({ detail: `It needs the scope ${scope}.`, extra: { scope } });
}

/** @throws as `requireScope` does, first for `act` where a service key acts for a user */
export function requireScopes(principal: Holder, access: Access, scope: KeyScope): void {
  if (access === 'user' && principal.kind === 'service') requireScope(principal, 'act');
  requireScope(principal, scope);
}
