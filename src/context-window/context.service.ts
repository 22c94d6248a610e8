import { Injectable } from '@nestjs/common';
import { ConversationErrors } from '../conversations/index.js';
import { ScopedCache } from '../platform/cache/index.js';
import { HeavyWork } from '../platform/heavy-work/index.js';
import { ContextBuilder } from './context-builder.js';
import { ContextRepeater } from './manifests/context-repeater.js';
import { ContextSources } from './context-source.js';
import { ContextRepository } from './context.repository.js';
import { ContextRequests } from './context-requests.js';

@Injectable()
export class ContextService {
  constructor(
    private readonly requests: ContextRequests,
    private readonly builder: ContextBuilder,
    private readonly repeater: ContextRepeater,
    private readonly rows: ContextRepository,
    private readonly sources: ContextSources,
    private readonly cache: ScopedCache,
    private readonly work: HeavyWork,
  ) {}

  /**
   * JSON text of a `ContextDto`. The database is asked what the context depends on, and only if that has changed is it built again: a
   * cached one is never older than the last write, whoever made it and wherever it was cached.
   * @param body of the request
   * @throws AppError 404 without the conversation, 422 for a body that is not a `BuildContextDto`, 429 when too many contexts of this user wait
   */
  async build(conversationId: string, body: unknown): Promise<string> {
    const { request, digest } = this.requests.read(body);
    const { stamp, isLed } = await this.stamp(conversationId);
    const text = await this.cache.getOrCompute('context', [conversationId, digest], stamp, () =>
      this.work.run('context', () => this.builder.build(conversationId, request, isLed)),
    );
    return text!;
  }

  /** The context that was given out with this manifest. @throws AppError 404, and 410 naming what has been erased since */
  repeat(conversationId: string, manifestId: string): Promise<string> {
    return this.work.run('context', () => this.repeater.repeat(conversationId, manifestId));
  }

  private async stamp(conversationId: string): Promise<{ stamp: string; isLed: boolean }> {
    const own = await this.rows.findStamp(conversationId);
    if (own === null) throw ConversationErrors.notFound();
    const stamps = [own.text];
    for (const source of this.sources.all) stamps.push(await source.stamp(conversationId));
    return { stamp: JSON.stringify(stamps), isLed: own.isLed };
  }
}
