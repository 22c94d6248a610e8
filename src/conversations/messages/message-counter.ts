// Brings messages to the form in which they are stored, and counts their tokens and bytes.
import { Injectable } from '@nestjs/common';
import { messageWords, toStoredText } from '../parts/index.js';
import type { NewMessage } from './message-input.js';
import type { CountedMessage } from './messages.repository.js';
import { TokenCounter } from './token-counter.js';

@Injectable()
export class MessageCounter {
  constructor(private readonly tokens: TokenCounter) {}

  async counted(messages: NewMessage[]): Promise<CountedMessage[]> {
    const counts = await this.tokens.countAll(messages.map(messageWords));
    return messages.map((message, i) => stored(message, counts[i]!));
  }
}

function stored(message: NewMessage, tokenCount: number): CountedMessage {
  const { content, metadata } = message;
  const storedContent = typeof content === 'string' ? content : toStoredText(content);
  const storedMetadata = metadata ? JSON.stringify(metadata) : null;
  const bytes =
    Buffer.byteLength(storedContent) +
    (storedMetadata === null ? 0 : Buffer.byteLength(storedMetadata));
  return { ...message, tokenCount, storedContent, storedMetadata, bytes };
}
