// Requests and replies of model calls, as they are stored and as they were given.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SealedMessages, SealedTexts } from '../../conversations/index.js';
import type { VaultPlace } from '../../platform/vault/index.js';

const placeOf = (row: string, column: 'request' | 'reply'): VaultPlace => ({
  table: 'model_call',
  row,
  column,
});

@Injectable()
export class SealedCalls implements OnModuleInit {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
  ) {}

  onModuleInit(): void {
    const of = { table: 'model_call', row: 'id', isText: true, isLarge: true, isLong: true };
    this.texts.register({ ...of, column: 'request' });
    this.texts.register({ ...of, column: 'reply' });
  }

  request(id: string, request: string): Promise<string> {
    return this.sealing.storedText(placeOf(id, 'request'), request);
  }

  async reply(id: string, reply: string | null): Promise<string | null> {
    return reply && this.sealing.storedText(placeOf(id, 'reply'), reply);
  }

  /** @throws AppError `vault.unreadable` */
  openRequest(id: string, stored: string): Promise<string> {
    return this.sealing.openText(placeOf(id, 'request'), stored);
  }

  /** @throws AppError `vault.unreadable` */
  async openReply<Row extends { id: string; reply: string | null }>(row: Row): Promise<Row> {
    if (row.reply === null) return row;
    return { ...row, reply: await this.sealing.openText(placeOf(row.id, 'reply'), row.reply) };
  }
}
