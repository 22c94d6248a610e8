// Turns what PostgreSQL and its driver report into the registry's codes: SQLSTATE first, constraint name where it matters.
import { type AppError, type ErrorDetails } from './app-error.js';
import { RequestErrors, ServerErrors } from './platform.errors.js';

interface DatabaseFailure {
  code?: string;
  constraint?: string;
  message: string;
}

const constraints = new Map<string, () => AppError>();

/** A feature says which of its errors a named constraint stands for; call once, at load, beside the feature's errors. */
export function mapConstraint(name: string, error: () => AppError): void {
  constraints.set(name, error);
}

/** Prefixes of SQLSTATE, longest first. The text of the database never reaches a client: it may quote data. */
const bySqlState: [string, (details: ErrorDetails) => AppError][] = [
  ['57014', ServerErrors.timeout],
  ['55P03', ServerErrors.timeout],
  ['53100', ServerErrors.storageFull],
  ['54', RequestErrors.invalidBody],
  ['22', RequestErrors.invalidBody],
  ['23', RequestErrors.invalidBody],
  ['08', ServerErrors.unavailable],
  // A login that was changed, or a database that is gone: who asks cannot help it.
  ['28', ServerErrors.unavailable],
  ['3D', ServerErrors.unavailable],
  ['53', ServerErrors.unavailable],
  ['57P', ServerErrors.unavailable],
  ['25P', ServerErrors.unavailable],
  ['40', ServerErrors.unavailable],
];

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Driver failures that carry no code at all (pg 8.23, pg-pool 3.14). */
const connectionMessages =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout expired|Client was closed|Query runner already released)/;

/** The pool's, when nobody gave a connection back in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/** Of a connection that was there: not of one that could not be opened, nor of a server that says nothing. */
const lossCodes = /^(ECONNRESET|EPIPE|57P0[12]|0800[36])$/;
const lossMessages =
  /^(Connection terminated(?! due to connection timeout)|Client has encountered a connection error|Client was closed|Query runner already released)/;
const unsentMessages = /^(Client has encountered a connection error|Client was closed)/;

/** True when the connection, not the statement, failed: whatever was sent may or may not have happened. */
export function isConnectionFailure(error: unknown): boolean {
  const failure = failureBehind(error);
  if (!failure) return false;
  return (
    connectionCodes.has(failure.code ?? '') ||
    /^(08|57P)/.test(failure.code ?? '') ||
    connectionMessages.test(failure.message)
  );
}

/** True when the connection broke while it was in use, or had broken before. Whether another one can be opened is to be seen. */
export function isConnectionLoss(error: unknown): boolean {
  const failure = failureBehind(error);
  return (
    failure !== null && (lossCodes.test(failure.code ?? '') || lossMessages.test(failure.message))
  );
}

/** True when the connection had broken before anything was sent: nothing can have happened. */
export function isUnsent(error: unknown): boolean {
  return unsentMessages.test(failureBehind(error)?.message ?? '');
}

/** The AppError for a database failure, or null when the error is not one. */
export function fromDatabaseError(error: unknown): AppError | null {
  const failure = failureBehind(error);
  if (!failure) return null;
  const named = failure.constraint ? constraints.get(failure.constraint) : undefined;
  if (named) return named();
  if (failure.message === POOL_EXHAUSTED)
    return ServerErrors.overloaded({ retryAfter: 1, cause: error });
  if (isConnectionFailure(error)) return ServerErrors.unavailable({ retryAfter: 1, cause: error });
  const match = bySqlState.find(([prefix]) => failure.code?.startsWith(prefix));
  if (!match) return null;
  const mapped = match[1]({ cause: error });
  return mapped.definition.status === 503 ? match[1]({ cause: error, retryAfter: 1 }) : mapped;
}

/** The code of what failed: SQLSTATE, or the system's. */
export const codeBehind = (error: unknown): string | undefined => failureBehind(error)?.code;

/** Not by `instanceof`: what Node itself throws belongs to another realm where code runs in a context of its own. */
export function failureBehind(error: unknown): DatabaseFailure | null {
  // TypeORM wraps what the driver said; of a name with several addresses each has failed.
  const { driverError, errors } = (error ?? {}) as { driverError?: unknown; errors?: unknown[] };
  return [driverError, errors?.[0], error].find(isFailure) ?? null;
}

const isFailure = (error: unknown): error is DatabaseFailure =>
  typeof (error as Partial<DatabaseFailure> | null | undefined)?.message === 'string';
