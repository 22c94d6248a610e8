import { EXTERNAL_ID_MAX_CHARACTERS } from '../../platform/context/index.js';

/** The longest `user_id`: an externalId with the prefix `external:`. */
export const MAX_USER_CHARACTERS = EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length;
/** Levels of `AND`, `OR` and `NOT`; the filter itself is the first. */
export const FILTER_LEVELS = 5;
/** Conditions of a filter, in total. `AND`, `OR` and `NOT` count, too. */
export const FILTER_CONDITIONS = 50;
/** Filters in one `AND`, `OR` or `NOT`. */
export const FILTER_BRANCHES = 20;
/** Memories that one request deletes. */
export const MAX_DELETED = 1_000;
/** Versions that a history shows. */
export const MAX_VERSIONS = 100;
/** Pages of a list. */
export const MAX_PAGES = 1_000;
export const PAGE_SIZE = { max: 100, default: 100 } as const;
export const MAX_NAME_CHARACTERS = 255;
