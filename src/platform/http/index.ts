export { expectedVersion, etagOf, versionChanged, withEtag } from './etag.js';
export { createHttpAdapter } from './http-adapter.js';
export { type AnswerReference, AnsweredFrom } from './answer-reference.js';
export {
  IdempotencyKey,
  IdempotencySubject,
  ServiceIdempotencyKey,
  ServiceIdempotencySubject,
} from './idempotency-key.entity.js';
export { IdempotencyRepository } from './idempotency.repository.js';
export { HttpModule } from './http.module.js';
export { IdempotencyInterceptor, IdempotentPost, OmitOnReplay } from './idempotency.interceptor.js';
export {
  ApiNotModified,
  ApiProblems,
  createOpenApiDocument,
  Problem,
  serveOpenApi,
} from './openapi.js';
export { CURSOR_MAX_LENGTH, linkNext, type Page, PAGE_LIMIT } from './page.js';
