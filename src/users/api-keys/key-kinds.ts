// What keys of each kind may do at most, and where nothing else is said.
import type { KeyScope } from '../../platform/context/index.js';

interface Kind {
  userId: string | null;
  readOnly: boolean;
}

const SERVICE: readonly KeyScope[] = ['act', 'read', 'write', 'admin', 'keys', 'secrets', 'import'];
const SERVICE_READ_ONLY: readonly KeyScope[] = ['act', 'read', 'admin', 'keys'];
/** A key of a user is for the user's own data. */
const USER: readonly KeyScope[] = ['read', 'write', 'import'];
const USER_READ_ONLY: readonly KeyScope[] = ['read'];

/** What a key of the kind may have at most, and has where nothing is said. */
export function scopesOfKind({ userId, readOnly }: Kind): readonly KeyScope[] {
  if (userId === null) return readOnly ? SERVICE_READ_ONLY : SERVICE;
  return readOnly ? USER_READ_ONLY : USER;
}

/** A key of the time before scopes has those of its kind. */
export const scopesOf = (key: Kind & { scopes: readonly KeyScope[] | null }): readonly KeyScope[] =>
  key.scopes ?? scopesOfKind(key);

/** The same of a row of `api_key`, in SQL. */
export const SCOPES_OF_ROW = `coalesce(scopes, case
  when user_id is null and not read_only then ${literal(SERVICE)}
  when user_id is null then ${literal(SERVICE_READ_ONLY)}
  when not read_only then ${literal(USER)}
  else ${literal(USER_READ_ONLY)} end)`;

function literal(scopes: readonly KeyScope[]): string {
  return `'{${scopes.join(',')}}'::text[]`;
}
