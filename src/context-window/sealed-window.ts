// Opens what windows are made of, where it is stored sealed.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SealedMessages, SealedTexts } from '../conversations/index.js';
import type { VaultPlace } from '../platform/vault/index.js';
import type { LogRow } from './plan/window-message.js';
import { givesResults, QUESTION_REACH } from './window-sql.js';

const placeOf = (id: string): VaultPlace => ({ table: 'summary', row: id, column: 'content' });

interface StoredSummary {
  id: string;
  content: string;
}

@Injectable()
export class SealedWindow implements OnModuleInit {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
  ) {}

  onModuleInit(): void {
    const { table, column } = placeOf('');
    this.texts.register({ table, column, row: 'id', isText: true, isLarge: true });
  }

  /** Opens the rows of a window: those of messages, and those of summaries. */
  async rows<R extends LogRow & { kind: string }>(stored: R[]): Promise<R[]> {
    if (!stored.some(({ content }) => content.startsWith(':sealed:'))) return stored;
    const messages = stored.filter(({ kind }) => kind === 'newest' || kind === 'kept');
    const others = stored.filter(({ kind }) => kind !== 'newest' && kind !== 'kept');
    const summaries = await this.summaries(others.filter(({ kind }) => kind !== 'head'));
    return [
      ...others.filter(({ kind }) => kind === 'head'),
      ...(await this.messages(messages)),
      ...summaries,
    ];
  }

  /** Opens messages. Nothing is sent of one that cannot be opened. */
  async messages<R extends LogRow>(stored: R[]): Promise<R[]> {
    const opened = await this.sealing.openAll(stored, withoutContent);
    return opened.map((row, i) =>
      row === stored[i] ? row : { ...row, storedBytes: Buffer.byteLength(stored[i]!.content) },
    );
  }

  /**
   * Opens messages of the user, without those that give the results of tools.
   * @param more reads those right before a number; only when some of these were left out
   */
  async asked(stored: LogRow[], more: (beforeSeq: number) => Promise<LogRow[]>): Promise<LogRow[]> {
    const { userMessages } = QUESTION_REACH;
    let found: LogRow[] = [];
    for (let rows = stored; rows.length > 0 && found.length < userMessages;) {
      const opened = await this.messages(rows);
      const kept = opened.filter((row) => row.storedBytes === undefined || !givesResults(row));
      found = [...kept, ...found];
      if (kept.length === rows.length) break;
      rows = await more(rows[0]!.seq);
    }
    return found.slice(-userMessages);
  }

  /** Opens summaries. One that cannot be opened is left out. */
  async summaries<S extends StoredSummary>(stored: S[]): Promise<S[]> {
    const texts = await this.sealing.openTexts(
      stored.map(({ id, content }) => ({ place: placeOf(id), stored: content })),
    );
    return stored.flatMap((row, i) => (texts[i] === null ? [] : { ...row, content: texts[i]! }));
  }

  /** Opens summaries of a list. One that cannot be opened is empty. */
  async listed<S extends StoredSummary>(stored: S[]): Promise<S[]> {
    const texts = await this.sealing.openTexts(
      stored.map(({ id, content }) => ({ place: placeOf(id), stored: content })),
    );
    return stored.map((row, i) => ({ ...row, content: texts[i] ?? '' }));
  }

  storedSummary({ id, content }: StoredSummary): Promise<string> {
    return this.sealing.storedText(placeOf(id), content);
  }
}

const withoutContent = <R extends LogRow>(row: R): R => ({
  ...row,
  content: '',
  contentIsJson: false,
  metadata: null,
  tokenCount: 0,
  state: 'removed',
});
