export { Answer, created, jsonText, paged, withEtag } from './answer.js';
export { DisconnectSignal } from './disconnect-signal.js';
export { etagOf, IfMatch, versionChanged } from './etag.js';
export { createHttpAdapter } from './http-adapter.js';
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
  TakesIdempotencyKey,
} from './openapi/index.js';
export { CURSOR_MAX_LENGTH, type Page, PAGE_LIMIT } from './page.js';
export { ResponseInterceptor } from './response.interceptor.js';
