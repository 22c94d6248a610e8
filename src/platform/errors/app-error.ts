// Expected errors. Each is defined once, with its code, status and title.
import { ErrorRegistry, type ErrorDefinition } from './error-registry.js';

/** Faults that one problem names, at most. */
export const MAX_FAULTS = 20;

/**
 * One wrong field: `pointer` is a JSON Pointer (RFC 6901) into the body, or `?name` / `:name` for
 * query and path.
 */
export interface FieldError {
  pointer: string;
  message: string;
}

export interface ErrorDetails {
  detail?: string;
  errors?: FieldError[];
  /** Extra members of the problem document, such as the current `lastSeq`. */
  extra?: Record<string, unknown>;
  /** Seconds, for the header `Retry-After`. */
  retryAfter?: number;
  cause?: unknown;
}

/** An expected error. Throw it through a feature's `defineErrors` table, never with `new`. */
export class AppError extends Error {
  constructor(
    readonly code: string,
    readonly definition: ErrorDefinition,
    readonly details: ErrorDetails = {},
  ) {
    super(details.detail ?? definition.title, { cause: details.cause });
    this.name = 'AppError';
  }
}

/** The same failure with other pointers, for a body that is brought to another form before it is read. */
export function withPointers(error: unknown, rename: (pointer: string) => string): unknown {
  if (!(error instanceof AppError) || error.details.errors === undefined) return error;
  const errors = error.details.errors.map((fault) => ({
    ...fault,
    pointer: rename(fault.pointer),
  }));
  return new AppError(error.code, error.definition, { ...error.details, errors });
}

/** Makes one kind of error; `code` names the kind in documentation. */
export interface AppErrorFactory {
  (details?: ErrorDetails): AppError;
  readonly code: string;
}

type Factories<T> = { [K in keyof T]: AppErrorFactory };

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Registers a feature's errors.
 * @returns one factory per error: `throw ConversationErrors.notFound()` has the code
 * `conversation.not_found`
 * @throws Error when a code is defined twice
 */
export function defineErrors<T extends Record<string, ErrorDefinition>>(
  area: string,
  table: T,
): Factories<T> {
  const factories: Partial<Factories<T>> = {};
  for (const [name, definition] of Object.entries(table) as [keyof T & string, ErrorDefinition][]) {
    const code = `${area}.${snake(name)}`;
    ErrorRegistry.add(code, definition);
    const make = (details?: ErrorDetails) => new AppError(code, definition, details);
    factories[name] = Object.assign(make, { code });
  }
  return factories as Factories<T>;
}
