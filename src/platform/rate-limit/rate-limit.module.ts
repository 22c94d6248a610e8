// Rate limits, on @nestjs/throttler's storage interface.
import { Global, Module } from '@nestjs/common';
import { AuthFailureLimit } from './auth-failure-limit.js';
import { CredentialLimit } from './credential-limit.js';
import { LoginLimit } from './login-limit.js';

@Global()
@Module({
  providers: [CredentialLimit, AuthFailureLimit, LoginLimit],
  exports: [CredentialLimit, AuthFailureLimit, LoginLimit],
})
export class RateLimitModule {}
