export { McpModule } from './mcp/mcp.module.js';
