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
   * Builds a context, or returns it from the cache. The database is asked for everything that the
   * context depends on, and only a change builds it again: a cached context is never older than the
   * last write, in whichever process it was built.
   * @param body of the request
   * @returns a `ContextDto` as JSON text
   * @throws AppError 404 without the conversation; 422 for a body that is not a `BuildContextDto`;
   * 429 when too many contexts of this user wait
   */
  async build(conversationId: string, body: unknown): Promise<string> {
    const { request, digest } = this.requests.read(body);
    const { version, usesAgentConfig } = await this.stateVersion(conversationId);
    const text = await this.cache.getOrCompute('context', [conversationId, digest], version, () =>
      this.work.run('context', () => this.builder.build(conversationId, request, usesAgentConfig)),
    );
    return text!;
  }

  /**
   * Reproduces the context of a manifest.
   * @throws AppError 404; 410 with the names of what has been erased
   */
  repeat(conversationId: string, manifestId: string): Promise<string> {
    return this.work.run('context', () => this.repeater.repeat(conversationId, manifestId));
  }

  private async stateVersion(
    conversationId: string,
  ): Promise<{ version: string; usesAgentConfig: boolean }> {
    const own = await this.rows.findStateVersion(conversationId);
    if (own === null) throw ConversationErrors.notFound();
    const versions = [own.text];
    for (const source of this.sources.all) versions.push(await source.stateVersion(conversationId));
    return { version: JSON.stringify(versions), usesAgentConfig: own.usesAgentConfig };
  }
}
