export { Answer, created, jsonText, paged, withEtag } from './answer.js';
export { DisconnectSignal } from './disconnect-signal.js';
export { IfMatch } from './etag.js';
export { ResponseInterceptor } from './response.interceptor.js';
export { createHttpAdapter } from './http-adapter.js';
export {
  ApiNotModified,
  ApiProblems,
  createOpenApiDocument,
  Problem,
  serveOpenApi,
} from './openapi.js';
export { explainListen, ListenError } from './listen-error.js';
