// Idempotency keys for every POST.
import { Global, Module } from '@nestjs/common';
import { IdempotencyRepository } from './idempotency.repository.js';
import { RequestHash } from './request-hash.js';

@Global()
@Module({
  providers: [IdempotencyRepository, RequestHash],
  exports: [IdempotencyRepository, RequestHash],
})
export class IdempotencyModule {}
