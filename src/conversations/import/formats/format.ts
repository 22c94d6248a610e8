// What every format is turned into: the body of an import, and a name to show while it runs.

export interface ImportBody {
  importKey: unknown;
  messages: unknown;
  [field: string]: unknown;
}

export interface SourceConversation {
  /** For people, not unique. */
  name: string;
  body: ImportBody;
}

/** The source is not what its format says. The message is for the person who runs the import. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '';
