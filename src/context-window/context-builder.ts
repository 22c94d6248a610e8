// Builds a context from the conversation and the contributions of other features.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ConversationErrors, TokenCounter } from '../conversations/index.js';
import { Config } from '../platform/config/config.js';
import { Quotas } from '../platform/quotas/index.js';
import { AgentConfigSource } from './agent-config.source.js';
import { ContextComputer } from './compute/context-computer.js';
import { contributedText } from './plan/context-layout.js';
import type { CountedContribution, WindowLimits } from './plan/context-plan.js';
import { type AgentPolicy, type ContextQuestion, ContextSources } from './context-source.js';
import { ContextRepository } from './context.repository.js';
import { type ContextFormat, formatters } from './formats/index.js';
import type { WindowInput } from './compute/context-work.js';

export interface ContextRequest extends WindowLimits {
  format: ContextFormat;
  query: string | null;
  memoryLimit: number | null;
}

/** A request as sent. What it leaves out comes from the agent configuration, or has a default. */
export type RequestedContext = Omit<ContextRequest, 'budgetTokens'> & {
  budgetTokens: number | null;
};

/** Budget when neither the request nor the agent configuration sets one. */
const DEFAULT_BUDGET_TOKENS = 8_000;

/**
 * Assumed tokens of a message, estimated low. It decides how many messages the first read takes.
 */
const ASSUMED_TOKENS_PER_MESSAGE = 20;
const FIRST_READ_MESSAGES = { min: 50, max: 2_000 };
/** How many messages are read for one window. */
const MAX_MESSAGES_READ = 20_000;

@Injectable()
export class ContextBuilder {
  constructor(
    private readonly rows: ContextRepository,
    private readonly sources: ContextSources,
    private readonly agents: AgentConfigSource,
    private readonly tokens: TokenCounter,
    private readonly config: Config,
    private readonly computer: ContextComputer,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Builds a context and stores its manifest.
   * @param usesAgentConfig whether the conversation uses an agent configuration
   * @returns a `ContextDto` as JSON text
   * @throws AppError 404 without the conversation; as `WorkerPool.run` for a large one;
   * `quota.reached`
   */
  async build(
    conversationId: string,
    asked: RequestedContext,
    usesAgentConfig: boolean,
  ): Promise<string> {
    const policy = usesAgentConfig ? await this.agents.findPolicy(conversationId) : null;
    const request = {
      ...asked,
      budgetTokens: asked.budgetTokens ?? policy?.budgetTokens ?? DEFAULT_BUDGET_TOKENS,
    };
    const { format } = request;
    const limits = {
      ...request,
      budgetTokens: Math.max(0, request.budgetTokens - formatters[format].maxAddedTokens),
    };
    const input = await this.gather(conversationId, { ...request, limits }, policy);
    return this.compute(input);
  }

  private async gather(
    conversationId: string,
    request: ContextRequest & { limits: WindowLimits },
    policy: AgentPolicy | null,
  ): Promise<WindowInput> {
    const { query, budgetTokens, format, limits } = request;
    const guessed = Math.max(
      FIRST_READ_MESSAGES.min,
      Math.ceil(budgetTokens / ASSUMED_TOKENS_PER_MESSAGE),
    );
    const look = Math.min(guessed, FIRST_READ_MESSAGES.max, request.maxMessages + 1);
    const rows = await this.rows.findWindow(conversationId, look, budgetTokens);
    if (!rows) throw ConversationErrors.notFound();
    const memoryLimit = request.memoryLimit ?? policy?.memoryLimit ?? null;
    const question = { conversationId, query, tokens: budgetTokens, memoryLimit, agent: policy };
    const parts =
      policy?.blocks === false
        ? new Set([...request.parts].filter((part) => part !== 'blocks'))
        : request.parts;
    const contributions = await this.contributions(question, { ...limits, parts });
    const ids = { conversationId, manifestId: uuidv7() };
    const omittedOverrides = policy?.omittedOverrides ?? [];
    return {
      ...ids,
      ...rows,
      contributions,
      limits,
      format,
      budgetTokens,
      omittedOverrides,
      mayReadMore: true,
    };
  }

  /** Reads older messages, in larger steps, while everything that was read fits. */
  private async compute(input: WindowInput): Promise<string> {
    const { conversationId, manifestId, limits } = input;
    for (;;) {
      const { newest } = input;
      const size = newest.reduce((sum, { content }) => sum + content.length, 0);
      if (newest.length >= MAX_MESSAGES_READ || size >= this.config.bytes.context)
        input.mayReadMore = false;
      const built = await this.computer.build(input);
      if (built) {
        const { manifest } = built;
        const adding = { manifests: 1, manifestBytes: Buffer.byteLength(manifest) };
        await this.quotas.within(adding, () =>
          this.rows.saveManifest(conversationId, manifestId, manifest),
        );
        return built.answer;
      }
      const older = await this.rows.listBefore(
        conversationId,
        newest[0]!.seq,
        newest.length * 3,
        limits.budgetTokens,
      );
      if (older.length === 0) input.mayReadMore = false;
      input.newest = [...older, ...newest];
    }
  }

  private async contributions(
    question: ContextQuestion,
    { parts }: WindowLimits,
  ): Promise<CountedContribution[]> {
    const counted: CountedContribution[] = [];
    for (const source of this.sources.all.filter(({ part }) => parts.has(part))) {
      const contributed = await source.contribute(question);
      const counts = await this.tokens.countAll(contributed.map(contributedText));
      counted.push(
        ...contributed.map((contribution, i) => ({
          ...contribution,
          part: source.part,
          tokenCount: counts[i]!,
        })),
      );
    }
    return counted;
  }
}
