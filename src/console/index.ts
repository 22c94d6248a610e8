export { serveConsole } from './console.js';
