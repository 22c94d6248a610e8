// Brings messages to the form in which they are stored, and counts their tokens and bytes.
import { Injectable } from '@nestjs/common';
import { messageWords, toStoredText } from '../parts/index.js';
import { SealedMessages } from '../sealing/sealed-messages.js';
import type { NewMessage } from './message-input.js';
import type { CountedMessage } from './messages.repository.js';
import { TokenCounter } from './token-counter.js';

@Injectable()
export class MessageCounter {
  constructor(
    private readonly tokens: TokenCounter,
    private readonly sealing: SealedMessages,
  ) {}

  async counted(messages: NewMessage[]): Promise<CountedMessage[]> {
    const counts = await this.tokens.countAll(messages.map(messageWords));
    return messages.map((message, i) => {
      const texts = textsOf(message);
      return { ...message, ...texts, tokenCount: counts[i]!, bytes: this.sealing.bytesOf(texts) };
    });
  }
}

const textsOf = ({ content, metadata }: NewMessage) => ({
  storedContent: typeof content === 'string' ? content : toStoredText(content),
  storedMetadata: metadata ? JSON.stringify(metadata) : null,
});
