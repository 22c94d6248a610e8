// What the agent configuration of a conversation puts into its contexts: the system prompt, named by version; and what it says of memories.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type EffectiveConfig, EffectiveConfigService } from '../agent-config/index.js';
import {
  type AgentPolicy,
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
} from './context-source.js';
import { ContextRepository } from './context.repository.js';

/** The configuration, its version, and the number of what the user laid over it. */
const REF = /^([0-9a-f-]{36})@(\d{1,10})(?:\+(\d{1,10}))?$/;

@Injectable()
export class AgentConfigSource implements ContextSource, OnModuleInit {
  readonly part = 'agentConfig';

  constructor(
    private readonly sources: ContextSources,
    private readonly rows: ContextRepository,
    private readonly configs: EffectiveConfigService,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  /** The conversation's own stamp has the revision of its configuration. */
  stamp = (): Promise<string> => Promise.resolve('');

  contribute({ agent }: ContextQuestion): Promise<Contribution[]> {
    return Promise.resolve(agent?.prompt ? [{ ...agent.prompt, place: 'prefix' }] : []);
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
      if (config) known.set(ref, promptOf(config));
    }
    return known;
  }

  /** What the conversation's configuration says of the rest of a context; null where it has none. */
  async policyOf(conversationId: string): Promise<AgentPolicy | null> {
    const pin = await this.rows.findPin(conversationId);
    const config =
      pin &&
      (await this.configs.find(pin.agentConfigId, {
        version: pin.agentConfigVersion,
        alias: pin.agentConfigAlias,
      }));
    if (!config) return null;
    const { id, memory, context, omittedOverrides } = config;
    const text = promptOf(config);
    return {
      id,
      prompt: text === '' ? null : { ref: refOf(config), text },
      memoryLimit: memory.enabled ? memory.limit : 0,
      blocks: memory.enabled && memory.blocks,
      budgetTokens: context.budgetTokens,
      omittedOverrides: omittedOverrides.map(({ path }) => path),
    };
  }
}

const refOf = ({ id, version, overrides }: EffectiveConfig): string =>
  `${id}@${version}${overrides === null ? '' : `+${overrides}`}`;

/** Parts of a prompt follow each other as paragraphs. */
const promptOf = ({ systemPrompt }: EffectiveConfig): string =>
  typeof systemPrompt === 'string'
    ? systemPrompt
    : (systemPrompt ?? []).map(({ text }) => text).join('\n\n');
