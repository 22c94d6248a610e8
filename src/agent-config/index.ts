export { AgentConfigErrors } from './agent-configs.errors.js';
export {
  AgentConfig,
  AgentConfigAliasRevision,
  AgentConfigVersion,
} from './agent-config.entity.js';
export { AgentConfigModule } from './agent-config.module.js';
export { ALIAS } from './aliases/alias-parameter.js';
export { systemPromptText } from './content/content.js';
export { AgentConfigOverride } from './overrides/agent-config-override.entity.js';
export { type ConfigUse, ConfigUses } from './usage/config-uses.js';
export {
  type EffectiveConfig,
  EffectiveConfigService,
  type ConfigSelection,
} from './effective/effective-config.service.js';
export {
  ServiceAgentConfig,
  ServiceAgentConfigAliasRevision,
  ServiceAgentConfigVersion,
} from './service-agent-config.entity.js';
export { type McpToolSession } from './mcp-tools/mcp-tool-session.js';
export { McpToolSessions } from './mcp-tools/mcp-tool-sessions.js';
export { type ServerTool, type ToolOutput } from './mcp-tools/server-tool.js';
export { McpServerRecord, ServiceMcpServerRecord } from './mcp-servers/mcp-server.entity.js';
