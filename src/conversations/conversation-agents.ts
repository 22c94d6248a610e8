// Which agent configuration a conversation is led with.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ConfigUse, ConfigUses, EffectiveConfigs } from '../agent-config/index.js';
import { RequestContexts } from '../platform/context/index.js';
import { ScopedDatabase, statement } from '../platform/database/index.js';
import { AppError } from '../platform/errors/index.js';
import type { Conversation } from './conversation.entity.js';
import { ConversationErrors } from './conversations.errors.js';

export type Pin = Pick<Conversation, 'agentConfigId' | 'agentConfigVersion' | 'agentConfigAlias'>;
export type SentPin = { [Field in keyof Pin]?: Pin[Field] | undefined };

const NONE: Pin = { agentConfigId: null, agentConfigVersion: null, agentConfigAlias: null };

const COUNT = statement<{ count: number }>('conversation.count_led', `select count(*)::integer as count from threadkeep.conversation where user_id = $1 and agent_config_id = $2`);
const RELEASE = statement(
  'conversation.release_led',
  `update threadkeep.conversation
      set agent_config_id = null, agent_config_version = null, agent_config_alias = null, version = version + 1, context_version = context_version + 1
    where user_id = $1 and agent_config_id = $2`,
);

@Injectable()
export class ConversationAgents implements ConfigUse, OnModuleInit {
  constructor(
    private readonly uses: ConfigUses,
    private readonly configs: EffectiveConfigs,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
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
    return { agentConfigId: pin.id, agentConfigVersion: pin.version, agentConfigAlias: pin.alias };
  }

  async count(configId: string): Promise<number> {
    return (await this.database.read(COUNT, () => [this.contexts.userScope().userId, configId]))[0]!.count;
  }

  async release(configId: string): Promise<void> {
    await this.database.write(RELEASE, () => [this.contexts.userScope().userId, configId]);
  }
}
