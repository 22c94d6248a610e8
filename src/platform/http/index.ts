export { Answer, created, jsonText, paged, withEtag } from './answer.js';
export { DisconnectSignal } from './disconnect-signal.js';
export { etagOf, IfMatch, versionChanged } from './etag.js';
export { createHttpAdapter } from './http-adapter.js';
export {
  ApiNotModified,
  ApiProblems,
  createOpenApiDocument,
  Problem,
  serveOpenApi,
} from './openapi.js';
export { explainListen, ListenError } from './listen-error.js';
export { CURSOR_MAX_LENGTH, type Page, PAGE_LIMIT } from './page.js';
export { ResponseInterceptor } from './response.interceptor.js';
