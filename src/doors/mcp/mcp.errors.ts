import { defineErrors } from '../../platform/errors/index.js';

export const McpErrors = defineErrors('mcp', {
  originRefused: { status: 403, title: 'Pages of this origin may not call this server' },
});
