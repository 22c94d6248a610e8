// Which agent configuration a conversation is led with.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ConfigUse, ConfigUses, EffectiveConfigs } from '../agent-config/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import { AppError } from '../platform/errors/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationErrors } from './conversations.errors.js';

export type Pin = Pick<Conversation, 'agentConfigOwner' | 'agentConfigId' | 'agentConfigVersion' | 'agentConfigAlias'>;
export type SentPin = { [field in 'agentConfigId' | 'agentConfigVersion' | 'agentConfigAlias']?: Pin[field] | undefined };

const NONE: Pin = { agentConfigOwner: null, agentConfigId: null, agentConfigVersion: null, agentConfigAlias: null };

/** A user's own is used by the user alone; as the system, everybody's are counted. */
const COUNT = statement<{ count: number }>('conversation.count_led', `select count(*)::integer as count from threadkeep.conversation where agent_config_owner = $1 and agent_config_id = $2`);
const RELEASE = statement(
  'conversation.release_led',
  `update threadkeep.conversation
      set agent_config_owner = null, agent_config_id = null, agent_config_version = null, agent_config_alias = null, version = version + 1, context_version = context_version + 1
    where agent_config_owner = $1 and agent_config_id = $2`,
);

@Injectable()
export class ConversationAgents implements ConfigUse, OnModuleInit {
  constructor(
    private readonly uses: ConfigUses,
    private readonly configs: EffectiveConfigs,
    private readonly database: ScopedDatabase,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /** @returns what is to be written: nothing when none was named. @throws AppError 422 when it is none that the user can read */
  async pinOf({ agentConfigId: id, agentConfigVersion: version, agentConfigAlias: alias }: SentPin): Promise<Partial<Pin>> {
    if (!id && (version || alias)) throw ConversationErrors.agentConfigUnnamed();
    if (id === undefined) return {};
    if (id === null) return NONE;
    const pin = await this.configs.pin(id.toLowerCase(), { version, alias }).catch((error: unknown) => {
      if (error instanceof AppError && error.definition.status === 404) throw ConversationErrors.agentConfigNotFound({ detail: error.definition.title });
      throw error;
    });
    return { agentConfigOwner: pin.owner, agentConfigId: pin.id, agentConfigVersion: pin.version, agentConfigAlias: pin.alias };
  }

  async count(owner: string, configId: string): Promise<number> {
    return (await this.database.read(COUNT, [owner, configId]))[0]!.count;
  }

  async release(owner: string, configId: string): Promise<void> {
    await this.database.write(RELEASE, [owner, configId]);
  }
}
