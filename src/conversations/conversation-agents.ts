// Resolves the agent configuration that a conversation uses, and finds the conversations that use
// one.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ConfigUse, ConfigUses, EffectiveConfigService } from '../agent-config/index.js';
import { ownedStatement, ScopedDatabase, statement } from '../platform/database/index.js';
import { AppError } from '../platform/errors/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationErrors } from './conversations.errors.js';

export type AgentConfigPin = Pick<
  Conversation,
  'agentConfigId' | 'sharedAgentConfigId' | 'agentConfigVersion' | 'agentConfigAlias'
>;
export type RequestedPin = {
  [Field in Exclude<keyof AgentConfigPin, 'sharedAgentConfigId'>]?:
    AgentConfigPin[Field] | undefined;
};

const NO_AGENT_CONFIG: AgentConfigPin = {
  agentConfigId: null,
  sharedAgentConfigId: null,
  agentConfigVersion: null,
  agentConfigAlias: null,
};

const clearAgentConfig = `agent_config_version = null, agent_config_alias = null, version = version + 1, context_version = context_version + 1`;

/**
 * Statements on the conversations that use an agent configuration. A shared configuration may be
 * used by conversations of all users.
 */
const CONVERSATIONS_USING = {
  user: {
    count: ownedStatement<{ count: number }>(
      'conversation.count_led',
      `select count(*)::integer as count from threadkeep.conversation where agent_config_id = $2
        and user_id = $1`,
    ),
    release: ownedStatement(
      'conversation.release_led',
      `update threadkeep.conversation set agent_config_id = null, ${clearAgentConfig}
        where agent_config_id = $2 and user_id = $1`,
    ),
  },
  system: {
    count: statement<{ count: number }>(
      'conversation.count_led_by_shared',
      `select count(*)::integer as count from threadkeep.conversation
        where shared_agent_config_id = $1`,
      { slow: true },
    ),
    release: statement(
      'conversation.release_led_by_shared',
      `update threadkeep.conversation set shared_agent_config_id = null, ${clearAgentConfig}
        where shared_agent_config_id = $1`,
      { slow: true },
    ),
  },
};

@Injectable()
export class ConversationAgents implements ConfigUse, OnModuleInit {
  constructor(
    private readonly uses: ConfigUses,
    private readonly configs: EffectiveConfigService,
    private readonly database: ScopedDatabase,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /**
   * Reads which version or alias a request names.
   * @returns the columns to write; empty when no agent configuration was sent
   * @throws AppError 422 when the user cannot read it, or when only a version or an alias was
   *   sent
   */
  async resolvePin({
    agentConfigId: id,
    agentConfigVersion: version,
    agentConfigAlias: alias,
  }: RequestedPin): Promise<Partial<AgentConfigPin>> {
    if (!id && (version || alias))
      throw ConversationErrors.agentConfigIdRequired({
        errors: [
          {
            pointer: '/agentConfigId',
            message: 'is required when agentConfigVersion or agentConfigAlias is given',
          },
        ],
      });
    if (id === undefined) return {};
    if (id === null) return NO_AGENT_CONFIG;
    const pin = await this.configs
      .pin(id.toLowerCase(), { version, alias })
      .catch((error: unknown) => {
        if (error instanceof AppError && error.definition.status === 404)
          throw ConversationErrors.agentConfigNotFound({ detail: error.definition.title });
        throw error;
      });
    const which =
      pin.owner === 'user'
        ? { agentConfigId: pin.id, sharedAgentConfigId: null }
        : { agentConfigId: null, sharedAgentConfigId: pin.id };
    return { ...which, agentConfigVersion: pin.version, agentConfigAlias: pin.alias };
  }

  async count(configId: string): Promise<number> {
    return (await this.database.read(this.statements.count, [configId]))[0]!.count;
  }

  async release(configId: string): Promise<void> {
    await this.database.write(this.statements.release, [configId]);
  }

  private get statements() {
    return this.database.byScope(CONVERSATIONS_USING);
  }
}
