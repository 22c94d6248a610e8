// Versions of a row: the text of its ETag, and the failure of an edit that was made from another
// version.
import { RequestErrors } from '../errors/index.js';

/**
 * @param version counts edits
 * @param state what else changes the representation, such as the number of the last message
 */
export const etagOf = (version: number, ...state: number[]): string =>
  `"${[version, ...state].join('.')}"`;

/**
 * Makes the error for an edit that was made from another version.
 * @param version the current version
 * @param etag the current ETag, when it holds more than the version
 */
export const versionChanged = (version: number, etag = etagOf(version)) =>
  RequestErrors.preconditionFailed({ extra: { version, etag } });
