// Repeating a POST safely: the answer to an `Idempotency-Key` is kept, and replayed.
export { type AnswerReference, AnsweredFrom } from './answer-reference.js';
export {
  IdempotencyKey,
  IdempotencySubject,
  ServiceIdempotencyKey,
  ServiceIdempotencySubject,
} from './idempotency-key.entity.js';
export {
  IdempotencyInterceptor,
  IdempotentPost,
  IdempotentPut,
  OmitOnReplay,
} from './idempotency.interceptor.js';
export { IdempotencyModule } from './idempotency.module.js';
export { IdempotencyRepository } from './idempotency.repository.js';
export { idempotencyKeyOf, type RequestFacts, RequestMarks } from './request-marks.js';
