// Chooses the model of a turn, its parameters and its tools: of the request, or else of the agent
// configuration.
import { Injectable } from '@nestjs/common';
import {
  type EffectiveConfig,
  EffectiveConfigService,
  systemPromptText,
} from '../../agent-config/index.js';
import {
  type ConversationConfig,
  ConversationErrors,
  ConversationsRepository,
} from '../../conversations/index.js';
import {
  ModelCalls,
  type ModelRef,
  type ModelTool,
  type ModelToolChoice,
} from '../models/index.js';
import type { TurnOptions } from './turn.entity.js';
import { TurnErrors } from './turns.errors.js';

export interface ChosenModel {
  model: ModelRef;
  parameters: Record<string, unknown>;
  tools: ModelTool[];
  /** The configuration whose MCP servers this service uses; null when it uses none. */
  servers: { id: string; owner: 'user' | 'service' } | null;
  toolChoice?: ModelToolChoice;
  /** The configuration that was read; null without one. */
  agentConfig: { id: string; version: number; overrides: number | null } | null;
}

/** For a call without a conversation. */
export type ChosenAlone = ChosenModel & {
  /** Of the agent configuration; empty without one. */
  systemPrompt: string;
};

/** What a request says of the model and its tools. */
export type ModelOptions = Pick<
  TurnOptions,
  | 'model'
  | 'parameters'
  | 'agentConfigId'
  | 'agentConfigVersion'
  | 'agentConfigAlias'
  | 'tools'
  | 'toolChoice'
>;

@Injectable()
export class TurnModels {
  constructor(
    private readonly calls: ModelCalls,
    private readonly configs: EffectiveConfigService,
    private readonly conversations: ConversationsRepository,
  ) {}

  /**
   * @throws AppError 503 without any provider; 404 without the conversation; 422 without the
   * configuration, the provider of the model, or any model
   */
  async choose(conversationId: string, options: TurnOptions): Promise<ChosenModel> {
    this.requireProviders();
    if (options.agentConfigId !== null) return this.chooseNamed(options);
    const conversation = await this.conversations.findConfig(conversationId);
    if (conversation === null) throw ConversationErrors.notFound();
    return this.chooseIn(conversation, options);
  }

  /**
   * Chooses for a turn of a conversation that was read already.
   * @throws AppError as `choose`
   */
  async chooseIn(
    { configId, ...selection }: ConversationConfig,
    options: TurnOptions,
  ): Promise<ChosenModel> {
    this.requireProviders();
    if (options.agentConfigId !== null) return this.chooseNamed(options);
    const config = configId === null ? null : await this.configs.find(configId, selection);
    return this.chosen(config, options);
  }

  /**
   * Chooses for a call without a conversation.
   * @throws AppError as `choose`
   */
  async chooseAlone(options: ModelOptions): Promise<ChosenAlone> {
    this.requireProviders();
    const config = options.agentConfigId === null ? null : await this.namedConfig(options);
    const systemPrompt = config === null ? '' : systemPromptText(config);
    return { ...this.chosen(config, options), systemPrompt };
  }

  private async chooseNamed(options: ModelOptions): Promise<ChosenModel> {
    return this.chosen(await this.namedConfig(options), options);
  }

  private chosen(config: EffectiveConfig | null, options: ModelOptions): ChosenModel {
    const model = options.model ?? config?.model ?? null;
    if (model === null) throw TurnErrors.noModel();
    const { provider, name } = model;
    if (!this.calls.providers.includes(provider))
      throw TurnErrors.unknownProvider({
        detail: `There is no provider ${provider}. Configured: ${this.calls.providers.join(', ')}.`,
      });
    return {
      model: { provider, name },
      parameters: { ...config?.parameters, ...options.parameters },
      tools: options.tools ?? (config?.tools ?? []).map(toModelTool),
      servers: config?.mcp?.runBy === 'server' ? { id: config.id, owner: config.owner } : null,
      ...(options.toolChoice === undefined ? {} : { toolChoice: options.toolChoice }),
      agentConfig: config && {
        id: config.id,
        version: config.version,
        overrides: config.overrides,
      },
    };
  }

  /** The names of the configured providers. */
  get providers(): readonly string[] {
    return this.calls.providers;
  }

  /** @throws AppError 503 that says what to set */
  requireProviders(): void {
    if (this.calls.providers.length > 0) return;
    throw TurnErrors.notConfigured({
      detail:
        'Set OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY or MODEL_PROVIDERS.',
    });
  }

  private async namedConfig(options: ModelOptions): Promise<EffectiveConfig> {
    const { agentConfigId, agentConfigVersion: version, agentConfigAlias: alias } = options;
    const config = await this.configs.find(agentConfigId!, { version, alias });
    if (config === null) throw ConversationErrors.agentConfigNotFound();
    return config;
  }
}

const toModelTool = ({
  name,
  description,
  parameters,
}: EffectiveConfig['tools'][number]): ModelTool => ({
  name,
  ...(description == null ? {} : { description }),
  ...(parameters == null ? {} : { parameters }),
});
