export { AuthFailureLimit } from './auth-failure-limit.js';
export { CredentialLimit, type Verdict } from './credential-limit.js';
export { RateLimitModule } from './rate-limit.module.js';
