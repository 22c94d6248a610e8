export { shownActor } from './actor.js';
export {
  ACCESS,
  type Access,
  AccessibleBy,
  DescribedAt,
  Public,
  Request,
  RESOURCE_METADATA,
  USER_IN_BODY,
  USER_IN_QUERY,
  UserInBody,
  type UserInBodyPlace,
  UserInQuery,
} from './access.decorator.js';
export { AdmissionLog, networkOf } from './admission-log.js';
export { ContextModule } from './context.module.js';
export {
  type Epoch,
  Identity,
  type IdentityValues,
  NO_IDENTITY,
  type Proof,
  userChanged,
} from './identity.js';
export {
  defaultScope,
  isRead,
  KEY_SCOPES,
  type KeyScope,
  NeedsScope,
  requireScope,
  requireScopes,
  ROUTE_SCOPE,
} from './key-scopes.js';
export { CredentialVerifier, type Principal, UserDirectory } from './principal.js';
export { RequestContext, RequestContexts } from './request-context.js';
export {
  ownerOf,
  type Provision,
  type Scope,
  ScopeMissingError,
  SupersededScopeError,
  UserScope,
} from './scope.js';
export { DatabaseLimits, SlowRoute, TIME_LIMITS, type TimeLimits } from './time-limits.js';
export {
  EXTERNAL_ID_FORM,
  EXTERNAL_ID_MAX_CHARACTERS,
  storableExternalId,
  readAt,
  readReference,
  type UserReference,
} from './user-reference.js';
export { UserScopeInterceptor } from './user-scope.interceptor.js';
