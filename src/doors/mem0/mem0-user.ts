// Where requests of mem0 name the user. `user_id` is what Threadkeep-User is for our routes.
import type { UserInBodyPlace } from '../../platform/context/index.js';
import { isPlainObject } from '../../platform/input/index.js';
import { FILTER_LEVELS } from './mem0-limits.js';

/** Stands for every value, so that it names nobody. */
export const ANY = '*';

const memberOf = (value: unknown, name: string): unknown =>
  isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** `user_id` of a body. */
export const USER_OF_BODY: UserInBodyPlace = {
  pointer: '/user_id',
  read: (body) => memberOf(body, 'user_id') ?? undefined,
};

/** `user_id` of the filters of a body, also inside of `AND`. */
export const USER_OF_FILTERS: UserInBodyPlace = {
  pointer: '/filters/user_id',
  read: (body) => userIn(memberOf(body, 'filters'), 1),
};

/** `user_id` of a body, or else of its filters. */
export const USER_OF_SEARCH: UserInBodyPlace = {
  pointer: '/user_id',
  read: (body) => USER_OF_BODY.read(body) ?? USER_OF_FILTERS.read(body),
};

/** The first user that must hold for all that the filters keep. */
function userIn(filters: unknown, level: number): unknown {
  const own = memberOf(filters, 'user_id') ?? undefined;
  if (own !== undefined && own !== ANY) return own;
  const all = memberOf(filters, 'AND');
  if (!Array.isArray(all) || level >= FILTER_LEVELS) return undefined;
  for (const one of all) {
    const named = userIn(one, level + 1);
    if (named !== undefined) return named;
  }
  return undefined;
}
