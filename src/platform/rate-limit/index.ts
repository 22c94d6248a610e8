export { AuthFailureLimit } from './auth-failure-limit.js';
export { CredentialLimit, type Verdict } from './credential-limit.js';
export { LoginLimit } from './login-limit.js';
export { RateLimitModule } from './rate-limit.module.js';
export { type Limit, RateLimiter } from './rate-limiter.js';
