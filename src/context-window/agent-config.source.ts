// Contributes the system prompt of a conversation's agent configuration, named by version, and
// reads its policy for memories and blocks.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type EffectiveConfig,
  EffectiveConfigService,
  systemPromptText,
} from '../agent-config/index.js';
import { ConversationsRepository } from '../conversations/index.js';
import {
  type AgentPolicy,
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
  type PreparedSource,
} from './context-source.js';

/** A ref: the configuration's id, its version, and the number of the user's overrides, if any. */
const REF = /^([0-9a-f-]{36})@(\d{1,10})(?:\+(\d{1,10}))?$/;

@Injectable()
export class AgentConfigSource implements ContextSource, OnModuleInit {
  readonly part = 'agentConfig';

  constructor(
    private readonly sources: ContextSources,
    private readonly conversations: ConversationsRepository,
    private readonly configs: EffectiveConfigService,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  /** The conversation's own state includes the revision of its configuration. */
  stateRead = (): null => null;

  prepare({ agent }: ContextQuestion): PreparedSource {
    const prompt: Contribution[] = agent?.prompt ? [{ ...agent.prompt, place: 'prefix' }] : [];
    return { reads: [], contribute: () => Promise.resolve(prompt) };
  }

  async recall(refs: string[]): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for (const ref of refs) {
      const [, id, version, overrides] = REF.exec(ref) ?? [];
      const config = id
        ? await this.configs.find(id, {
            version: Number(version),
            overrides: overrides === undefined ? null : Number(overrides),
          })
        : null;
      if (config) known.set(ref, systemPromptText(config));
    }
    return known;
  }

  /**
   * Returns what the conversation's configuration says about contexts, or null when it uses none.
   */
  async findPolicy(conversationId: string): Promise<AgentPolicy | null> {
    const named = await this.conversations.findConfig(conversationId);
    const config = named?.configId && (await this.configs.find(named.configId, named));
    if (!config) return null;
    const { id, memory, context, omittedOverrides } = config;
    const text = systemPromptText(config);
    return {
      id,
      prompt: text === '' ? null : { ref: toRef(config), text },
      memoryLimit: memory.enabled ? memory.limit : 0,
      blocks: memory.enabled && memory.blocks,
      blocksInPrompt: memory.blocksAs === 'system',
      budgetTokens: context.budgetTokens,
      omittedOverrides: omittedOverrides.map(({ path }) => path),
    };
  }
}

const toRef = ({ id, version, overrides }: EffectiveConfig): string =>
  `${id}@${version}${overrides === null ? '' : `+${overrides}`}`;
