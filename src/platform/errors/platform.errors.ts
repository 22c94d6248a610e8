// Errors that belong to no feature: authentication, validation, transport and the database.
import { defineErrors } from './app-error.js';

export const RequestErrors = defineErrors('request', {
  malformed: { status: 400, title: 'The request cannot be read' },
  invalidQuery: { status: 400, title: 'A path, query or header value is not valid' },
  invalidBody: { status: 422, title: 'The body is not valid' },
  tooLarge: { status: 413, title: 'The body is too large' },
  unsupportedMediaType: { status: 415, title: 'The body must be application/json' },
  methodNotAllowed: { status: 405, title: 'This route does not take this method' },
  routeNotFound: { status: 404, title: 'No such route' },
  preconditionFailed: { status: 412, title: 'The resource has changed since you read it' },
  uriTooLong: { status: 414, title: 'A part of the path is too long' },
  headersTooLarge: { status: 431, title: 'The headers are too large' },
  timeout: { status: 408, title: 'The request took too long to arrive' },
  rateLimited: { status: 429, title: 'Too many requests' },
  misdirected: { status: 421, title: 'This server does not answer to this host name' },
  upgradeRequired: { status: 426, title: 'Only a WebSocket is served here' },
  refused: { status: 422, title: 'The request contains data that must not be stored' },
  tooCostly: { status: 422, title: 'The request takes too much time or memory to compute' },
  tooManyStreams: { status: 429, title: 'This user has too many open streams' },
  tooMuchAtOnce: { status: 429, title: 'This user or address has too many requests in progress' },
});

export const AccessErrors = defineErrors('access', {
  unauthenticated: { status: 401, title: 'A valid credential is needed' },
  forbidden: { status: 403, title: 'This credential may not do that' },
  readOnly: { status: 403, title: 'This key may only read' },
  scopeMissing: { status: 403, title: 'This key lacks the scope for that' },
  userChanged: { status: 409, title: 'The named user has changed' },
  userNotActive: { status: 403, title: 'The named user is disabled or not yet active' },
  userNotFound: { status: 404, title: 'No such user' },
  userRequired: { status: 400, title: 'Name the user to act for in the Threadkeep-User header' },
});

export const IdempotencyErrors = defineErrors('idempotency', {
  invalidKey: { status: 400, title: 'The Idempotency-Key is not valid' },
  inFlight: { status: 409, title: 'A request with this Idempotency-Key is being processed' },
  erased: { status: 410, title: 'The answer to this Idempotency-Key has been erased' },
  keyReused: { status: 422, title: 'This Idempotency-Key was used for another request' },
});

export const ServerErrors = defineErrors('server', {
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service cannot answer right now' },
  busy: { status: 503, title: 'The service is too busy' },
  timeout: { status: 503, title: 'The database took too long' },
  overloaded: { status: 503, title: 'All connections to the database are in use' },
  storageFull: { status: 507, title: 'The database is out of space' },
});
