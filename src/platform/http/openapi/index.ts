export {
  ApiNotModified,
  ApiProblems,
  createOpenApiDocument,
  Problem,
  serveOpenApi,
} from './document.js';
