// Scopes that each kind of key may have, and has by default.
import type { KeyScope } from '../../platform/context/index.js';

interface KeyKind {
  userId: string | null;
  readOnly: boolean;
}

const SERVICE: readonly KeyScope[] = ['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import'];
const SERVICE_READ_ONLY: readonly KeyScope[] = ['act', 'read', 'admin', 'keys'];
/** A user's key reaches only that user's data. */
const USER: readonly KeyScope[] = ['read', 'write', 'import'];
const USER_READ_ONLY: readonly KeyScope[] = ['read'];

/** Returns all scopes of a kind, which are also the default. */
export function scopesOfKind({ userId, readOnly }: KeyKind): readonly KeyScope[] {
  if (userId === null) return readOnly ? SERVICE_READ_ONLY : SERVICE;
  return readOnly ? USER_READ_ONLY : USER;
}

/** Returns the scopes of a key. A key from before scopes existed has all of its kind. */
export const scopesOf = (
  key: KeyKind & { scopes: readonly KeyScope[] | null },
): readonly KeyScope[] => key.scopes ?? scopesOfKind(key);

/** SQL for the scopes of a row of `api_key`, same as `scopesOf`. */
export const SCOPES_OF_ROW = `coalesce(scopes, case
  when user_id is null and not read_only then ${literal(SERVICE)}
  when user_id is null then ${literal(SERVICE_READ_ONLY)}
  when not read_only then ${literal(USER)}
  else ${literal(USER_READ_ONLY)} end)`;

function literal(scopes: readonly KeyScope[]): string {
  return `'{${scopes.join(',')}}'::text[]`;
}
