export { shownActor } from './actor.js';
export { ACCESS, type Access, AccessibleBy, Public, Request, UserInQuery } from './access.decorator.js';
export { AccessGuard } from './access.guard.js';
export { ContextModule } from './context.module.js';
export { CredentialVerifier, type Principal, UserDirectory } from './principal.js';
export { RequestContext, RequestContexts } from './request-context.js';
export { type Provision, type Scope, ScopeMissingError, SupersededScopeError, UserScope } from './scope.js';
export { DatabaseLimits, SlowRoute, type TimeLimits } from './time-limits.js';
export { EXTERNAL_ID_MAX, UserScopeGuard } from './user-scope.guard.js';
