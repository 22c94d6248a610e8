export { Answer, created, jsonText, paged, withEtag } from './answer.js';
export { DisconnectSignal } from './disconnect-signal.js';
export { etagOf, IfMatch, versionChanged } from './etag.js';
export { ResponseInterceptor } from './response.interceptor.js';
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
export { hasMoreFields, isPlainObject, pointerToken } from './json-value.js';
export {
  type Chapters,
  commonFields,
  createOpenApiDocument,
  EXAMPLE_ID,
  EXAMPLE_TIME,
  Operation,
  type OperationWords,
  Problem,
  sentMetadata,
  serveOpenApi,
} from './openapi/index.js';
export { CURSOR_MAX_LENGTH, type Page, PAGE_LIMIT } from './page.js';
export {
  boolean,
  described,
  IdParameter,
  integer,
  isUuid,
  NameParameter,
  oneOf,
  type Parsed,
  type QueryField,
  QueryShape,
  type Shape,
  text,
  time,
  Unreadable,
  uuid,
  WITH_COMMAS,
} from './query.js';
export { isDay, parseTime, rfc3339, rfc3339OrNull } from './time.js';
export {
  BodyValidationPipe,
  IsId,
  IsOpaqueObject,
  IsTime,
  isBoundedObject,
  JSON_OBJECT_MAX_BYTES,
  sent,
  validateBody,
} from './validation.js';
