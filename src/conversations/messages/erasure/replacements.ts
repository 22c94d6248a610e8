// Makes what takes the place of a message: stored and counted.
import { Injectable } from '@nestjs/common';
import type { MessageContent } from '../message-content.js';
import { MessageCounter } from '../message-counter.js';
import type { MessageRole } from '../message.entity.js';
import type { Replacement } from './message-erasure.repository.js';

@Injectable()
export class Replacements {
  constructor(private readonly counter: MessageCounter) {}

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
    return {
      ...{ storedContent, isJson, tokenCount, bytes },
      storedMetadata: metadata === undefined ? undefined : storedMetadata,
    };
  }
}
