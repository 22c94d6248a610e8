// Maps errors of PostgreSQL and its driver to the registry's codes, by SQLSTATE and constraint
// name.
import { type AppError, type ErrorDetails } from './app-error.js';
import { RequestErrors, ServerErrors } from './platform.errors.js';

interface DatabaseFailure {
  code?: string;
  constraint?: string;
  message: string;
}

const constraints = new Map<string, () => AppError>();

/** Maps a constraint to a feature's error. Call it once, at load, beside the feature's errors. */
export function mapConstraint(name: string, error: () => AppError): void {
  constraints.set(name, error);
}

/**
 * By prefix of the SQLSTATE, longest first. The database's message never reaches a client, because
 * it may quote data.
 */
const bySqlState: [string, (details: ErrorDetails) => AppError][] = [
  ['57014', ServerErrors.timeout],
  ['55P03', ServerErrors.timeout],
  ['53100', ServerErrors.storageFull],
  ['54', RequestErrors.invalidBody],
  ['22', RequestErrors.invalidBody],
  ['23', RequestErrors.invalidBody],
  ['08', ServerErrors.unavailable],
  // The login was changed, or the database is gone: the client cannot help it.
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

/** Messages of failures that have no code (pg 8.23, pg-pool 3.14). */
const connectionMessages =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout expired|Client was closed|Query runner already released)/;

/** The pool's message when no connection was free in time. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/**
 * Codes of the loss of an open connection. They do not include a refused connection, or a silent
 * server.
 */
const lossCodes = /^(ECONNRESET|EPIPE|57P0[12]|0800[36])$/;
const lossMessages =
  /^(Connection terminated(?! due to connection timeout)|Client has encountered a connection error|Client was closed|Query runner already released)/;
const unsentMessages = /^(Client has encountered a connection error|Client was closed)/;

/** True when the connection failed, not the statement: whether the statement ran is unknown. */
export function isConnectionFailure(error: unknown): boolean {
  const failure = failureBehind(error);
  if (!failure) return false;
  return (
    connectionCodes.has(failure.code ?? '') ||
    /^(08|57P)/.test(failure.code ?? '') ||
    connectionMessages.test(failure.message)
  );
}

/** True when an open connection broke. A new connection may succeed. */
export function isConnectionLoss(error: unknown): boolean {
  const failure = failureBehind(error);
  return (
    failure !== null && (lossCodes.test(failure.code ?? '') || lossMessages.test(failure.message))
  );
}

/** True when the connection had broken before anything was sent, so the statement did not run. */
export function isUnsent(error: unknown): boolean {
  return unsentMessages.test(failureBehind(error)?.message ?? '');
}

/**
 * True when the server had answered before it ended the connection, as pg_terminate_backend does. A
 * server that shuts down or starts answers 57P03 to the next connection.
 */
export function isTermination(error: unknown): boolean {
  return isUnsent(error) || codeBehind(error) === '57P01';
}

/** @returns the AppError for a database failure; null for any other error */
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

/** The SQLSTATE or the system's error code of the failure. */
export const codeBehind = (error: unknown): string | undefined => failureBehind(error)?.code;

/**
 * Finds the failure of the database or the system behind an error. Does not use `instanceof`,
 * because Node's own errors come from another realm under Jest.
 */
export function failureBehind(error: unknown): DatabaseFailure | null {
  // TypeORM wraps the driver's error. A host name with several addresses gives an error for each.
  const { driverError, errors } = (error ?? {}) as { driverError?: unknown; errors?: unknown[] };
  return [driverError, errors?.[0], error].find(isFailure) ?? null;
}

const isFailure = (error: unknown): error is DatabaseFailure =>
  typeof (error as Partial<DatabaseFailure> | null | undefined)?.message === 'string';
