// Idempotency keys for every POST.
import { Global, Module } from '@nestjs/common';
import { IdempotencyRepository } from './idempotency.repository.js';
import { RequestHash } from './request-hash.js';
import { RequestMarks } from './request-marks.js';
import { SealedAnswers } from './sealed-answers.js';

@Global()
@Module({
  providers: [IdempotencyRepository, RequestHash, RequestMarks, SealedAnswers],
  exports: [IdempotencyRepository, RequestHash, RequestMarks, SealedAnswers],
})
export class IdempotencyModule {}
