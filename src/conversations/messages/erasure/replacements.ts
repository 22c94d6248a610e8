// Makes what takes the place of a message: stored, counted, and with its words for the index.
import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../message-content.js';
import { MessageCounter } from '../message-counter.js';
import type { MessageRole } from '../message.entity.js';
import { MessageIndexer } from '../search/message-indexer.js';
import type { Replacement } from './message-erasure.repository.js';

@Injectable()
export class Replacements {
  constructor(
    private readonly counter: MessageCounter,
    private readonly indexer: MessageIndexer,
  ) {}

  /** @param metadata undefined keeps what the message has */
  async make(
    role: MessageRole,
    content: MessageContent,
    metadata: Record<string, unknown> | null | undefined,
  ): Promise<Replacement & { bytes: number }> {
    const message = { role, content, metadata: metadata ?? null };
    const [counted] = await this.counter.counted([message]);
    const { storedContent, storedMetadata, tokenCount, bytes } = counted!;
    const isJson = typeof content !== 'string';
    const terms = await this.indexer.termsOf({ content: storedContent, isJson });
    return {
      ...{ storedContent, isJson, tokenCount, bytes, terms: terms ?? '' },
      storedMetadata: metadata === undefined ? undefined : storedMetadata,
      failure: terms === null ? 'failed' : null,
    };
  }
}
