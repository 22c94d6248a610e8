// Rate limits, on @nestjs/throttler's storage interface.
import { Global, Module } from '@nestjs/common';
import { AuthFailureLimit } from './auth-failure-limit.js';
import { CredentialLimit } from './credential-limit.js';

@Global()
@Module({
  providers: [CredentialLimit, AuthFailureLimit],
  exports: [CredentialLimit, AuthFailureLimit],
})
export class RateLimitModule {}
