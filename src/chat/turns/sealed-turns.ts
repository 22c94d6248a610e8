// What turns keep of messages and requests, as it is stored and as it was given.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SealedMessages, SealedTexts } from '../../conversations/index.js';
import type { VaultPlace } from '../../platform/vault/index.js';
import type { TurnOptions } from './turn.entity.js';
import type { TurnRow } from './turn-row.js';

const placeOf = (row: string, column: 'options' | 'input'): VaultPlace => ({
  table: 'turn',
  row,
  column,
});

/** A turn whose options are lost fails: there is no such provider. */
const LOST_OPTIONS: TurnOptions = {
  model: { provider: 'unreadable', name: 'unreadable' },
  parameters: {},
  agentConfigId: null,
  agentConfigVersion: null,
  agentConfigAlias: null,
  context: {},
  onCrash: 'interrupt',
  replyCache: { ttlSeconds: 0, maxAgeSeconds: null },
};

@Injectable()
export class SealedTurns implements OnModuleInit {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly texts: SealedTexts,
  ) {}

  onModuleInit(): void {
    const of = { table: 'turn', row: 'id', isText: true, isLarge: true };
    this.texts.register({ ...of, column: 'input' });
    // One that has ended has none.
    this.texts.register({ ...of, column: 'options', isJson: true, worth: `options <> '{}'` });
  }

  options(id: string, options: TurnOptions): Promise<string> {
    return this.sealing.storedJson(placeOf(id, 'options'), JSON.stringify(options));
  }

  input(id: string, input: string): Promise<string> {
    return this.sealing.storedText(placeOf(id, 'input'), input);
  }

  /** @throws AppError `vault.unreadable` */
  openInput(id: string, stored: string): Promise<string> {
    return this.sealing.openText(placeOf(id, 'input'), stored);
  }

  async openAll<Row extends Pick<TurnRow, 'id' | 'options'>>(rows: Row[]): Promise<Row[]> {
    const opened: Row[] = [];
    for (const row of rows) opened.push(await this.open(row));
    return opened;
  }

  async openFirst<Row extends Pick<TurnRow, 'id' | 'options'>>([row]: Row[]): Promise<Row | null> {
    return row ? this.open(row) : null;
  }

  async open<Row extends Pick<TurnRow, 'id' | 'options'>>(row: Row): Promise<Row> {
    const place = placeOf(row.id, 'options');
    return { ...row, options: await this.sealing.openJson(place, row.options, LOST_OPTIONS) };
  }
}
