export { serveDocumentation } from './serve-documentation.js';
