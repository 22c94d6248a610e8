// Stores agent configurations: immutable versions, aliases that point to them, overrides of users,
// and MCP servers.
import { Module } from '@nestjs/common';
import { EgressModule } from '../platform/egress/index.js';
import {
  AdminAgentConfigsController,
  AdminAliasesController,
} from './admin-agent-configs.controller.js';
import { AgentConfigsController } from './agent-configs.controller.js';
import { AgentConfigsRepository } from './agent-configs.repository.js';
import { AgentConfigsService } from './agent-configs.service.js';
import { AliasesController } from './aliases/aliases.controller.js';
import { AliasesService } from './aliases/aliases.service.js';
import { ContentChecks } from './content/content-checks.js';
import { ConfigUsageRepository } from './usage/config-usage.repository.js';
import { ConfigUses } from './usage/config-uses.js';
import { EffectiveController } from './effective/effective.controller.js';
import { EffectiveRepository } from './effective/effective.repository.js';
import { EffectiveConfigService } from './effective/effective-config.service.js';
import { CommandRules } from './mcp/command-rules.js';
import { McpChecker } from './mcp/mcp-check.js';
import { McpConnector } from './mcp/mcp-connector.js';
import { McpToolSessions } from './mcp-tools/mcp-tool-sessions.js';
import { ToolLists } from './mcp-tools/tool-lists.js';
import { AdminMcpServersController } from './mcp-servers/admin-mcp-servers.controller.js';
import { ConfiguredServers } from './mcp-servers/configured-servers.js';
import { McpSecrets } from './mcp-servers/mcp-secrets.js';
import { McpServersController } from './mcp-servers/mcp-servers.controller.js';
import { RunnerServers } from './mcp-servers/runner-servers.js';
import { McpServersRepository } from './mcp-servers/mcp-servers.repository.js';
import { McpServersService } from './mcp-servers/mcp-servers.service.js';
import { OverridesController } from './overrides/overrides.controller.js';
import { OverridesRepository } from './overrides/overrides.repository.js';
import { OverridesService } from './overrides/overrides.service.js';
import { RunnerConfigService } from './effective/runner-config.service.js';

@Module({
  imports: [EgressModule],
  controllers: [
    AliasesController,
    EffectiveController,
    AgentConfigsController,
    AdminAliasesController,
    AdminAgentConfigsController,
    McpServersController,
    AdminMcpServersController,
    OverridesController,
  ],
  providers: [
    AgentConfigsRepository,
    AgentConfigsService,
    AliasesService,
    CommandRules,
    ConfigUsageRepository,
    ConfigUses,
    ConfiguredServers,
    ContentChecks,
    EffectiveConfigService,
    EffectiveRepository,
    McpChecker,
    McpConnector,
    McpSecrets,
    McpServersRepository,
    McpServersService,
    McpToolSessions,
    OverridesRepository,
    OverridesService,
    RunnerConfigService,
    RunnerServers,
    ToolLists,
  ],
  exports: [ConfigUses, EffectiveConfigService, McpToolSessions],
})
export class AgentConfigModule {}
