// Agent configurations: versions that never change, aliases that point to them, and what a user is served.
import { Module } from '@nestjs/common';
import { AdminAgentConfigsController, AdminAliasesController } from './admin-agent-configs.controller.js';
import { AgentConfigsController } from './agent-configs.controller.js';
import { AgentConfigsRepository } from './agent-configs.repository.js';
import { AgentConfigsService } from './agent-configs.service.js';
import { AliasesController } from './aliases.controller.js';
import { AliasesService } from './aliases.service.js';
import { ConfigUses } from './config-uses.js';
import { EffectiveController } from './effective.controller.js';
import { EffectiveConfigs } from './effective.service.js';

@Module({
  controllers: [AliasesController, EffectiveController, AgentConfigsController, AdminAliasesController, AdminAgentConfigsController],
  providers: [AgentConfigsRepository, AgentConfigsService, AliasesService, ConfigUses, EffectiveConfigs],
  exports: [ConfigUses, EffectiveConfigs],
})
export class AgentConfigModule {}
