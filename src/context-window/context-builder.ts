// Puts a context together from the conversation and what other features contribute, and makes one again from its manifest.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ConversationErrors, TokenCounter } from '../conversations/index.js';
import { AgentConfigSource } from './agent-config.source.js';
import { answerText, omittedMessages } from './context-answer.js';
import { contributedText, type Layout, renderLayout } from './context-layout.js';
import { type CountedContribution, type Material, type Plan, planWindow, type WindowLimits } from './context-plan.js';
import { type AgentPolicy, type ContextQuestion, ContextSources } from './context-source.js';
import { ContextRepository, MOST_BYTES } from './context.repository.js';
import { type ContextFormat, formatters } from './formats/index.js';
import { RELEASE, segmentsOf, type StoredManifest } from './stored-manifest.js';
import { toWindowMessage } from './window-message.js';

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
  ) {}

  /** JSON text of a `ContextDto`, whose manifest is stored. @param isLed whether an agent configuration leads it @throws AppError 404 without the conversation */
  async build(conversationId: string, asked: AskedRequest, isLed: boolean): Promise<string> {
    const policy = isLed ? await this.agents.policyOf(conversationId) : null;
    const request = { ...asked, budgetTokens: asked.budgetTokens ?? policy?.budgetTokens ?? DEFAULT_BUDGET };
    const { format } = request;
    const limits = { ...request, budgetTokens: Math.max(0, request.budgetTokens - formatters[format].overhead) };
    const material = await this.gather(conversationId, request, policy);
    const plan = await this.plan(conversationId, material, limits);
    const rendered = renderLayout(plan, format);
    const stored: StoredManifest = {
      release: RELEASE,
      format,
      budgetTokens: request.budgetTokens,
      lastSeq: material.lastSeq,
      sections: { prefix: segmentsOf(plan.prefix), carried: segmentsOf(plan.carried), tail: segmentsOf(plan.tail) },
      contentSha256: rendered.contentSha256,
      omitted: { ...omittedMessages(material.lastSeq, plan, rendered), unfitting: plan.unfitting, ...(policy && policy.omittedOverrides.length > 0 ? { overrides: policy.omittedOverrides } : {}) },
    };
    const manifestId = uuidv7();
    await this.rows.saveManifest(conversationId, manifestId, JSON.stringify(stored));
    return answerText(conversationId, manifestId, stored, plan satisfies Layout, rendered);
  }

  private async gather(conversationId: string, request: ContextRequest, policy: AgentPolicy | null): Promise<Material> {
    const look = Math.min(Math.max(FIRST_LOOK.least, Math.ceil(request.budgetTokens / GUESSED_TOKENS)), FIRST_LOOK.most, request.maxMessages + 1);
    const rows = await this.rows.findWindow(conversationId, look, request.budgetTokens);
    if (!rows) throw ConversationErrors.notFound();
    const { query, budgetTokens: tokens } = request;
    const question = { conversationId, query, tokens, memoryLimit: request.memoryLimit ?? policy?.memoryLimit ?? null, agent: policy };
    const parts = policy?.blocks === false ? new Set([...request.parts].filter((part) => part !== 'blocks')) : request.parts;
    const contributions = await this.contributions(question, { ...request, parts });
    return { ...rows, newest: rows.newest.map(toWindowMessage), kept: rows.kept.map(toWindowMessage), contributions };
  }

  /** Reads further back, in larger steps, for as long as everything that was read fits. */
  private async plan(conversationId: string, material: Material, limits: WindowLimits): Promise<Plan> {
    for (let plan = planWindow(material, limits); ; plan = planWindow(material, limits)) {
      const { newest } = material;
      const size = newest.reduce((sum, message) => sum + message.size, 0);
      if (!plan.wantsMore || newest.length >= MOST_READ || size >= MOST_BYTES) return plan;
      const older = await this.rows.listBefore(conversationId, newest[0]!.seq, newest.length * 3, limits.budgetTokens);
      if (older.length === 0) return plan;
      newest.unshift(...older.map(toWindowMessage));
    }
  }

  private async contributions(question: ContextQuestion, { parts }: WindowLimits): Promise<CountedContribution[]> {
    const counted: CountedContribution[] = [];
    for (const source of this.sources.all.filter(({ part }) => parts.has(part))) {
      const contributed = await source.contribute(question);
      const counts = await this.tokens.countAll(contributed.map(contributedText));
      counted.push(...contributed.map((contribution, i) => ({ ...contribution, part: source.part, tokenCount: counts[i]! })));
    }
    return counted;
  }
}
