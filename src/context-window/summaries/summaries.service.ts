import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import {
  ConversationErrors,
  MessagesRepository,
  MessageTrees,
  pathTo,
  TokenCounter,
  type WrittenByModel,
} from '../../conversations/index.js';
import { ScopedCache } from '../../platform/cache/index.js';
import { Config } from '../../platform/config/config.js';
import type { AppError } from '../../platform/errors/index.js';
import type { ListQuery, Page } from '../../platform/list/index.js';
import { SecretsGuard } from '../../platform/secrets-guard/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { summaryText } from '../plan/context-layout.js';
import { SummaryErrors } from '../context.errors.js';
import {
  type CreateSummaryDto,
  type SummaryDto,
  type SummaryState,
  toSummaryDto,
} from '../dto/summary.dto.js';
import { type NewSummary, SummariesRepository } from './summaries.repository.js';

@Injectable()
export class SummariesService {
  constructor(
    private readonly summaries: SummariesRepository,
    private readonly messages: MessagesRepository,
    private readonly trees: MessageTrees,
    private readonly tokens: TokenCounter,
    private readonly cache: ScopedCache,
    private readonly config: Config,
    private readonly secrets: SecretsGuard,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Creates a summary.
   * @param made by a model of what the conversation said after so many erasures; null otherwise
   * @throws AppError 404 without the conversation; 422 for a range it does not have, a compaction
   * that would leave a gap, or content that the guard refuses
   */
  async create(
    conversationId: string,
    { fromSeq, toSeq, content, compact }: CreateSummaryDto,
    made: { source: WrittenByModel; erasures: number } | null = null,
  ): Promise<SummaryDto> {
    const range = { fromSeq: fromSeq ?? 1, toSeq };
    if (range.fromSeq > toSeq)
      throw SummaryErrors.invalidRange({
        errors: [{ pointer: '/fromSeq', message: 'must not be after toSeq' }],
      });
    const refused = await this.secrets.refused({ '/content': content }, this.config.memoryGuard);
    if (refused.length > 0) throw SummaryErrors.refused({ errors: refused });
    const [tokenCount] = await this.tokens.countAll([summaryText({ ...range, content })]);
    const values = {
      id: uuidv7(),
      conversationId,
      ...range,
      content,
      tokenCount: tokenCount!,
      compact: compact ?? false,
      source: made?.source ?? null,
      erasures: made?.erasures ?? null,
    };
    const adding = { messages: 1, messageBytes: Buffer.byteLength(content) };
    const created = await this.quotas.within(adding, () => this.createAnywhere(values));
    if (!created) throw await this.refusal(conversationId, toSeq);
    return toSummaryDto(created);
  }

  /** The last message of a summary decides of which path it is. */
  private async createAnywhere(values: NewSummary): Promise<SummaryState | null> {
    const created = await this.summaries.create(values);
    const found = created ? null : await this.trees.find(values.conversationId);
    if (!found || values.toSeq > found.lastSeq) return created;
    const path = pathTo(found, values.toSeq);
    if (path.placeOf(values.fromSeq) === null)
      throw SummaryErrors.invalidRange({
        errors: [{ pointer: '/fromSeq', message: 'is on another branch than toSeq' }],
      });
    return this.summaries.createOnPath(values, path);
  }

  /** @throws AppError 404 without the conversation */
  async list(conversationId: string, query: ListQuery): Promise<Page<SummaryDto>> {
    if ((await this.messages.findHeads(conversationId)) === null)
      throw ConversationErrors.notFound();
    return this.summaries.list(conversationId, query);
  }

  /**
   * Removes a summary. Contexts that included it can no longer be reproduced, and answer 410.
   * @throws AppError 404
   */
  async remove(conversationId: string, id: string): Promise<void> {
    if (!(await this.summaries.remove(conversationId, id))) throw SummaryErrors.notFound();
    await this.cache.forgetOwner();
  }

  private async refusal(conversationId: string, toSeq: number): Promise<AppError> {
    const heads = await this.messages.findHeads(conversationId);
    if (!heads) return ConversationErrors.notFound();
    const { lastSeq } = heads;
    if (toSeq > lastSeq)
      return SummaryErrors.invalidRange({
        extra: { lastSeq },
        errors: [{ pointer: '/toSeq', message: `is after the last message, ${lastSeq}` }],
      });
    return SummaryErrors.leavesGap({
      errors: [
        {
          pointer: '/fromSeq',
          message:
            'must be at most 1 more than the toSeq of the last compaction, or 1 when there is none',
        },
      ],
    });
  }
}
