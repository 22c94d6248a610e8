// The common result of all formats: the body of an import request, and a name to show.
import { isPlainObject } from '../../../platform/input/json-value.js';

export interface ImportBody {
  importKey: unknown;
  messages: unknown;
  [field: string]: unknown;
}

export interface SourceConversation {
  /** Shown while the import runs; need not be unique. */
  name: string;
  body: ImportBody;
  /** Tells the person who runs the import what was left out or replaced. */
  warnings?: string[];
}

/**
 * The source is damaged or has an unknown format. The message is shown to the person who runs the
 * import.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject => isPlainObject(value);
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '';
