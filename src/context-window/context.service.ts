import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ConversationErrors } from '../conversations/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import { ContextBuilder, type ContextRequest } from './context-builder.js';
import { ContextRepeater } from './context-repeater.js';
import { CONTEXT_PARTS, ContextSources } from './context-source.js';
import { ContextRepository } from './context.repository.js';
import { type BuildContextDto, MAX_MESSAGES } from './dto/context.dto.js';

@Injectable()
export class ContextService {
  constructor(
    private readonly builder: ContextBuilder,
    private readonly repeater: ContextRepeater,
    private readonly rows: ContextRepository,
    private readonly sources: ContextSources,
    private readonly cache: ScopedCache,
  ) {}

  /**
   * JSON text of a `ContextDto`. The database is asked what the context depends on, and only if that has changed is it built again: a
   * cached one is never older than the last write, whoever made it and wherever it was cached.
   * @throws AppError 404 without the conversation
   */
  async build(conversationId: string, body: BuildContextDto): Promise<string> {
    const request = requestOf(body);
    const stamp = await this.stamp(conversationId);
    const text = await this.cache.through('context', [conversationId, digest(request)], stamp, () => this.builder.build(conversationId, request));
    return text!;
  }

  /** The context that was given out with this manifest. @throws AppError 404, and 410 naming what has been erased since */
  repeat(conversationId: string, manifestId: string): Promise<string> {
    return this.repeater.repeat(conversationId, manifestId);
  }

  private async stamp(conversationId: string): Promise<string> {
    const own = await this.rows.findStamp(conversationId);
    if (own === null) throw ConversationErrors.notFound();
    const stamps = [own];
    for (const source of this.sources.all) stamps.push(await source.stamp(conversationId));
    return JSON.stringify(stamps);
  }
}

const requestOf = ({ budgetTokens, format, maxMessages, query, memories, include }: BuildContextDto): ContextRequest => ({
  budgetTokens,
  format: format ?? 'openai',
  maxMessages: maxMessages ?? MAX_MESSAGES,
  query: query ?? null,
  memoryLimit: memories?.limit ?? null,
  parts: new Set(include ?? CONTEXT_PARTS),
});

/** What was asked, in few characters. */
function digest({ budgetTokens, format, maxMessages, query, memoryLimit, parts }: ContextRequest): string {
  const asked = JSON.stringify([budgetTokens, format, maxMessages, query, memoryLimit, CONTEXT_PARTS.filter((part) => parts.has(part))]);
  return createHash('sha256').update(asked).digest('base64url');
}
