export { shownActor } from './actor.js';
export { ACCESS, type Access, AccessibleBy, Public, Request, USER_IN_QUERY, USER_PARAMETER, UserInQuery } from './access.decorator.js';
export { ContextModule } from './context.module.js';
export { CredentialVerifier, EXTERNAL_ID_MAX, type Principal, UserDirectory } from './principal.js';
export { RequestContext, RequestContexts } from './request-context.js';
export { type Provision, type Scope, ScopeMissingError, SupersededScopeError, UserScope } from './scope.js';
export { DatabaseLimits, SlowRoute, TIME_LIMITS, type TimeLimits } from './time-limits.js';
