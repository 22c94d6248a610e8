export { Mem0Module } from './mem0/mem0.module.js';
export { McpModule } from './mcp/mcp.module.js';
export { OpenAiConversationsModule } from './openai/openai-conversations.module.js';
