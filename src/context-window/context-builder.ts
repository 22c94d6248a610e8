// Builds a context from the conversation and the contributions of other features.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { ConversationErrors, type MessagePath } from '../conversations/index.js';
import { WRITERS } from '../conversations/parts/index.js';
import { Config } from '../platform/config/config.js';
import type { Read } from '../platform/database/index.js';
import { Quotas } from '../platform/quotas/index.js';
import { AgentConfigSource } from './agent-config.source.js';
import { ContextComputer } from './compute/context-computer.js';
import type { WindowLimits } from './plan/context-plan.js';
import type { AgentPolicy, ContextPart } from './context-source.js';
import type { ContextState } from './context-state.js';
import { Contributing, type PartContribution } from './contributing.js';
import { ContributionCounts } from './contribution-counts.js';
import {
  ANY_CONTENT,
  ContextRepository,
  isWithheld,
  type WindowRow,
  type WindowRows,
  type WindowSize,
} from './context.repository.js';
import { ContextErrors } from './context.errors.js';
import { ContextPaths } from './context-paths.repository.js';
import type { ContextFormat } from './formats.js';
import type { WindowInput } from './compute/context-work.js';
import type { LogRow } from './plan/window-message.js';
import { KEPT_BYTES_DIVISOR } from './window-sql.js';

export interface ContextRequest extends WindowLimits {
  format: ContextFormat;
  query: string | null;
  timeZone: string | null;
  memoryLimit: number | null;
  shortenLast: boolean;
  explain: boolean;
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

/** A context before anything is read for it. */
export interface PreparedContext {
  conversationId: string;
  request: ContextRequest;
  policy: AgentPolicy | null;
  contributing: Contributing;
  /** The messages up to the head. Null for a conversation without branches. */
  path: MessagePath | null;
  window: Read<WindowRow>;
  /** Limit of the contents that are read at once. */
  bytes: number;
}

/** The statements of a context: those of the sources follow that of its messages. */
export const readsOf = ({ window, contributing }: PreparedContext): Read[] => [
  window,
  ...contributing.reads,
];

@Injectable()
export class ContextBuilder {
  constructor(
    private readonly rows: ContextRepository,
    private readonly paths: ContextPaths,
    private readonly agents: AgentConfigSource,
    private readonly counts: ContributionCounts,
    private readonly config: Config,
    private readonly computer: ContextComputer,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Prepares a context: what is read for it, and who contributes to it.
   * @param state of the conversation and of the sources, read before
   * @param bytes limit of the contents that are read at once
   */
  async prepare(
    conversationId: string,
    asked: RequestedContext,
    { conversation, sources }: ContextState,
    bytes: number,
  ): Promise<PreparedContext> {
    const usesAgentConfig = conversation.agentRevision !== null;
    const policy = usesAgentConfig ? await this.agents.findPolicy(conversationId) : null;
    const budgetTokens = asked.budgetTokens ?? policy?.budgetTokens ?? DEFAULT_BUDGET_TOKENS;
    const request = { ...asked, budgetTokens };
    const guessed = Math.ceil(budgetTokens / ASSUMED_TOKENS_PER_MESSAGE);
    const { min, max } = FIRST_READ_MESSAGES;
    const messages = Math.min(Math.max(min, guessed), max, request.maxMessages + 1);
    const memoryLimit = request.memoryLimit ?? policy?.memoryLimit ?? null;
    const { query, timeZone } = request;
    const path = conversation.headSeq === null ? null : await this.paths.find(conversationId);
    const question = {
      ...{ conversationId, path, query, timeZone, memoryLimit },
      tokens: budgetTokens,
      agent: policy,
    };
    const unwanted = new Set<ContextPart>([
      ...(policy?.blocks === false ? (['blocks'] as const) : []),
      ...(memoryLimit === 0 ? (['memories'] as const) : []),
    ]);
    const contributing = await Contributing.prepare(
      sources.filter(({ part }) => request.parts.has(part) && !unwanted.has(part)),
      question,
    );
    const size = { messages, tokens: budgetTokens, ...this.readLimits(bytes) };
    const window = path
      ? this.paths.windowRead(conversationId, path, size)
      : this.rows.windowRead(conversationId, conversation, size);
    return { conversationId, request, policy, contributing, path, window, bytes };
  }

  /**
   * Builds a context and stores its manifest.
   * @param state of the conversation and of the sources, read before
   * @param rows of `readsOf` the prepared context, when they have been read
   * @returns a `ContextDto` as JSON text; null when more than the prepared bytes are needed
   * @throws AppError 404 without the conversation; 422 with `neededTokens` when the user's last
   * message is over the budget; as `WorkerPool.run` for a large one; `quota.reached`
   */
  async build(
    prepared: PreparedContext,
    state: ContextState,
    rows: object[][] | null = null,
  ): Promise<string | null> {
    const { contributing, conversationId, path } = prepared;
    const { conversation } = state;
    // In a transaction, one statement waits for the other.
    if (!this.rows.inTransaction) contributing.begin();
    const [read, ...more] = await contributing.during(
      rows ? Promise.resolve(rows) : this.rows.readAll(readsOf(prepared)),
    );
    const window = path
      ? await this.paths.toWindow(read!, path)
      : await this.rows.toWindow(read!, prepared.window, conversation);
    if (!window) throw ConversationErrors.notFound();
    if (!path && window.isBranched) {
      // A branch began since the state was read.
      const branched = { ...state, conversation: { ...conversation, headSeq: window.lastSeq } };
      const again = await this.prepare(conversationId, prepared.request, branched, prepared.bytes);
      if (!again.path) throw ConversationErrors.notFound();
      return this.build(again, branched);
    }
    if (this.isCut(window, prepared)) return null;
    const input = await this.toInput(prepared, window, await contributing.finish(more));
    return this.compute(input, prepared);
  }

  /** True when messages may be missing because of the number of bytes, and more may be read. */
  private isCut({ newest, kept }: WindowRows, { bytes }: PreparedContext): boolean {
    if (!this.isSmall(bytes)) return false;
    if ([...newest, ...kept].some(isWithheld)) return true;
    return bytesOf(newest) >= bytes || bytesOf(kept) >= bytes / KEPT_BYTES_DIVISOR;
  }

  /** True when a context that needs more is built again with the bytes of a large one. */
  private isSmall(bytes: number): boolean {
    return bytes < this.config.bytes.context;
  }

  private readLimits(bytes: number): Pick<WindowSize, 'bytes' | 'largestContent'> {
    return { bytes, largestContent: this.isSmall(bytes) ? bytes : ANY_CONTENT };
  }

  private async toInput(
    { conversationId, request, policy, path }: PreparedContext,
    { lastSeq, newest, kept, summaries }: WindowRows,
    contributed: PartContribution[],
  ): Promise<WindowInput> {
    const { budgetTokens, format, shortenLast, explain } = request;
    const counts = await this.counts.countAll(contributed);
    return {
      conversationId,
      manifestId: uuidv7(),
      path: path?.spans ?? null,
      ...{ lastSeq, newest, kept, summaries },
      contributions: contributed.map((one, i) => ({ ...one, tokenCount: counts[i]! })),
      limits: {
        ...request,
        budgetTokens: Math.max(0, budgetTokens - WRITERS[format].openingTokens),
      },
      format,
      budgetTokens,
      omittedOverrides: policy?.omittedOverrides ?? [],
      mayReadMore: true,
      isQuestionRead: false,
      shortenLast,
      explain,
    };
  }

  /**
   * Adds the user's last messages before the window to the kept ones: an agent may work long on one
   * question, which must go with what it did.
   */
  private async addQuestion(input: WindowInput, path: MessagePath | null): Promise<void> {
    input.isQuestionRead = true;
    const { conversationId, newest, kept } = input;
    const before = newest[0]!.seq;
    const asked = path
      ? await this.paths.listUserMessages(conversationId, path, before)
      : await this.rows.listUserMessages(conversationId, before);
    const known = new Set(kept.map(({ seq }) => seq));
    input.kept = [...kept, ...asked.filter(({ seq }) => !known.has(seq))].sort(
      (a, b) => a.seq - b.seq,
    );
  }

  /**
   * Reads older messages, in larger steps, while everything that was read fits.
   * @returns null when that is more than `bytes`, and more may be read
   */
  private async compute(
    input: WindowInput,
    { bytes, path }: PreparedContext,
  ): Promise<string | null> {
    const { conversationId, manifestId, limits } = input;
    for (;;) {
      const { newest } = input;
      const isFull = newest.reduce((sum, row) => sum + lengthOf(row), 0) >= bytes;
      if (this.isSmall(bytes) && (isFull || newest.some(isWithheld))) return null;
      if (newest.length >= MAX_MESSAGES_READ || isFull) input.mayReadMore = false;
      const built = await this.computer.build(input);
      if (built && 'needsQuestion' in built) {
        // The user's messages may be large.
        if (this.isSmall(bytes)) return null;
        await this.addQuestion(input, path);
        continue;
      }
      if (built && 'neededTokens' in built) {
        const { neededTokens } = built;
        throw ContextErrors.budgetTooSmall({
          detail: `The message alone takes ${neededTokens} tokens. Raise budgetTokens, or send shortenLast: true.`,
          extra: { neededTokens },
        });
      }
      if (built) {
        const { manifest } = built;
        const adding = { manifests: 1, manifestBytes: Buffer.byteLength(manifest) };
        await this.quotas.within(adding, () =>
          this.rows.saveManifest(conversationId, manifestId, manifest),
        );
        return built.answer;
      }
      const size = {
        messages: newest.length * 3,
        tokens: limits.budgetTokens,
        ...this.readLimits(bytes),
      };
      const [{ seq: before }] = newest as [LogRow];
      const older = path
        ? await this.paths.listBefore(conversationId, path, before, size)
        : await this.rows.listBefore(conversationId, before, size.messages, size);
      if (older.length === 0) input.mayReadMore = false;
      input.newest = [...older, ...newest];
    }
  }
}

const bytesOf = (rows: LogRow[]): number =>
  rows.reduce((sum, row) => sum + (row.storedBytes ?? Buffer.byteLength(row.content)), 0);

const lengthOf = ({ content, storedBytes }: LogRow): number => storedBytes ?? content.length;
