export { refusedFields } from './refused-fields.js';
