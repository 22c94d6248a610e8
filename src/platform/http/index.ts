export { expectedVersion, etagOf, withEtag } from './etag.js';
export { createHttpAdapter, installRequestPipeline } from './http-adapter.js';
export { IdempotencyKey, ServiceIdempotencyKey } from './idempotency-key.entity.js';
export { HttpModule } from './http.module.js';
export { IdempotencyInterceptor, IdempotentPost, OmitOnReplay } from './idempotency.interceptor.js';
export { ApiNotModified, ApiProblems, createOpenApiDocument, Problem, serveOpenApi } from './openapi.js';
export { CURSOR_MAX_LENGTH, decodeCursor, isSeq, isTimestamp, linkNext, type Page, PAGE_LIMIT, pageOf } from './page.js';
export { boolean, IdParameter, integer, isUuid, oneOf, QueryShape, text } from './query.js';
export { BodyValidationPipe, IsOpaqueObject, isBoundedObject, isPlainObject, JSON_OBJECT_MAX_BYTES, pointerToken, validateBody } from './validation.js';
