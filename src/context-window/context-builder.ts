// Puts a context together from the conversation and what other features contribute, and makes one again from its manifest.
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

/** What was left out is for the agent configuration to say, or has a default. */
export type AskedRequest = Omit<ContextRequest, 'budgetTokens'> & { budgetTokens: number | null };

/** Tokens, where neither the request nor an agent configuration says how many. */
const DEFAULT_BUDGET = 8_000;

/** Tokens of a message, guessed low: how many of the newest messages are looked at first. */
const GUESSED_TOKENS = 20;
const FIRST_LOOK = { least: 50, most: 2_000 };
/** Messages that are read for one window at most. */
const MOST_READ = 20_000;

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
   * JSON text of a `ContextDto`, whose manifest is stored.
   * @param isLed whether an agent configuration leads it
   * @throws AppError 404 without the conversation; as `WorkerPool.run` does for a large one; `quota.reached`
   */
  async build(conversationId: string, asked: AskedRequest, isLed: boolean): Promise<string> {
    const policy = isLed ? await this.agents.policyOf(conversationId) : null;
    const request = {
      ...asked,
      budgetTokens: asked.budgetTokens ?? policy?.budgetTokens ?? DEFAULT_BUDGET,
    };
    const { format } = request;
    const limits = {
      ...request,
      budgetTokens: Math.max(0, request.budgetTokens - formatters[format].overhead),
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
    const guessed = Math.max(FIRST_LOOK.least, Math.ceil(budgetTokens / GUESSED_TOKENS));
    const look = Math.min(guessed, FIRST_LOOK.most, request.maxMessages + 1);
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

  /** Reads further back, in larger steps, for as long as everything that was read fits. */
  private async compute(input: WindowInput): Promise<string> {
    const { conversationId, manifestId, limits } = input;
    for (;;) {
      const { newest } = input;
      const size = newest.reduce((sum, { content }) => sum + content.length, 0);
      if (newest.length >= MOST_READ || size >= this.config.bytes.context)
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
