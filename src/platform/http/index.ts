export { expectedVersion, etagOf, versionChanged, withEtag } from './etag.js';
export { createHttpAdapter } from './http-adapter.js';
export {
  ApiNotModified,
  ApiProblems,
  createOpenApiDocument,
  Problem,
  serveOpenApi,
} from './openapi.js';
export { CURSOR_MAX_LENGTH, linkNext, type Page, PAGE_LIMIT } from './page.js';
