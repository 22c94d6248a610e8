export {
  AppError,
  type AppErrorFactory,
  defineErrors,
  type ErrorDetails,
  type FieldError,
  MAX_FAULTS,
  withPointers,
} from './app-error.js';
export {
  codeBehind,
  failureBehind,
  fromDatabaseError,
  isConnectionFailure,
  isConnectionLoss,
  isTermination,
  isUnsent,
  mapConstraint,
} from './database-errors.js';
export { ErrorRegistry, problemLink, problemType } from './error-registry.js';
export { AccessErrors, IdempotencyErrors, RequestErrors, ServerErrors } from './platform.errors.js';
export { AddsToProblems, PROBLEM_ADDITIONS, type ProblemAdditions } from './problem-additions.js';
export { ProblemFilter, problemDocument, toAppError } from './problem.filter.js';
