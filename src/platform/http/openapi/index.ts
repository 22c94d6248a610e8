export { BodyExample } from './body-example.js';
export { commonFields, EXAMPLE_ID, EXAMPLE_TIME, sentMetadata } from './common-fields.js';
export { type Chapters, createOpenApiDocument, serveOpenApi } from './document.js';
export { Operation, type OperationWords, TakesIdempotencyKey } from './operation.js';
export { Problem } from './problems.js';
