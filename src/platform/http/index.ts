export {
  Answer,
  answered,
  created,
  EVENT_STREAM,
  eventStream,
  JSON_LINES,
  jsonLines,
  jsonText,
  paged,
  withEtag,
} from './answer.js';
export { isDialect } from './dialects.js';
export type { EventStream } from './event-stream.js';
export { DisconnectSignal } from './disconnect-signal.js';
export { IfMatch } from './etag.js';
export { ResponseInterceptor } from './response.interceptor.js';
export { createHttpAdapter } from './http-adapter.js';
export {
  BodyExample,
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
  TakesIdempotencyKey,
} from './openapi/index.js';
export { explainListen, ListenError } from './listen-error.js';
export { ownOrigin } from './own-origin.js';
export {
  digestOf,
  IMMUTABLE,
  prepareAnswer,
  type PreparedAnswer,
  REVALIDATED,
  sendPrepared,
} from './prepared-answer.js';
