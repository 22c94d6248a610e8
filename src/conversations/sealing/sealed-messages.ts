// Seals what messages say, and what is made of it, on the way to the database, and opens it on the
// way back, where it is stored sealed. Repositories are its only callers.
import { createHmac, type KeyObject } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import {
  DataKeys,
  isSealedText,
  ofPlainText,
  openTextWith,
  orNull,
  type OwnedKey,
  SealedColumns,
  sealTextWith,
  ServiceKeys,
  toPlainText,
  type VaultPlace,
} from '../../platform/vault/index.js';
import {
  isSealedRow,
  openPlainRow,
  openSaid,
  plainSaid,
  type Said,
  SAID_COLUMN,
  sealSaid,
  type StorableMessage,
  storedBytes,
  type StoredRow,
  withSaid,
} from './said.js';

/** The key of marks is the service's: they stay the same when users are merged. */
const MARK_PURPOSE = 'threadkeep message.last_write';
const MARK_BYTES = 16;

/** What becomes of a row that cannot be opened. */
type Lost<R> = (row: R) => R;

@Injectable()
export class SealedMessages implements OnModuleInit {
  /** True when messages are stored sealed. Sealed ones are opened whatever it says. */
  readonly isOn: boolean;
  /** True when sealed ones are to be unsealed. */
  readonly unseals: boolean;
  private readonly logger = new Logger(SealedMessages.name);

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly serviceKeys: ServiceKeys,
    private readonly columns: SealedColumns,
    private readonly contexts: RequestContexts,
    { identity }: Config,
  ) {
    this.isOn = identity.sealMessages;
    this.unseals = identity.unsealMessages;
  }

  onModuleInit(): void {
    this.columns.register(SAID_COLUMN);
  }

  /** False while nothing was sealed until some seconds ago. */
  async mayBeSealed(): Promise<boolean> {
    return this.isOn || this.serviceKeys.mayExist();
  }

  /** The bytes that a message takes when it is stored. */
  bytesOf(message: StorableMessage): number {
    return storedBytes(message, this.isOn);
  }

  /** Messages as they are stored. */
  async stored<M extends StorableMessage>(messages: M[]): Promise<M[]> {
    if (!this.isOn) return messages.map(plainSaid);
    const key = await this.dataKeys.obtain();
    return messages.map((message) => sealSaid(key, message));
  }

  /** @throws AppError `vault.unreadable`, `vault.key_missing` */
  async open<R extends StoredRow>(row: R): Promise<R> {
    if (!isSealedRow(row)) return openPlainRow(row);
    return withSaid(row, openSaid(await this.key(), row.content!));
  }

  /** Opens rows. @param lost what becomes of one that cannot be opened */
  async openAll<R extends StoredRow>(rows: R[], lost: Lost<R>): Promise<R[]> {
    return this.mapSaid(rows, withSaid, lost);
  }

  /** Opens rows, and gives them what their messages say. Rows that are not sealed stay. */
  async mapSaid<R extends StoredRow>(
    rows: R[],
    give: (row: R, said: Said) => R,
    lost: Lost<R>,
  ): Promise<R[]> {
    if (!rows.some(isSealedRow)) return rows.map(openPlainRow);
    const key = await this.key();
    let unreadable = 0;
    const opened = rows.map((row) => {
      if (!isSealedRow(row)) return openPlainRow(row);
      const said = orNull(() => openSaid(key, row.content!));
      if (said) return give(row, said);
      unreadable++;
      return lost(row);
    });
    this.warn(unreadable);
    return opened;
  }

  /** Texts as they are stored at their places. */
  async storedTexts(texts: { place: VaultPlace; text: string }[]): Promise<string[]> {
    if (!this.isOn) return texts.map(({ text }) => toPlainText(text));
    const key = await this.dataKeys.obtain();
    return texts.map(({ place, text }) => sealTextWith(key, place, text));
  }

  async storedText(place: VaultPlace, text: string): Promise<string> {
    return (await this.storedTexts([{ place, text }]))[0]!;
  }

  /** JSON as it is stored in a column of `jsonb`: a sealed one is a string there. */
  async storedJson(place: VaultPlace, json: string): Promise<string> {
    if (!this.isOn) return json;
    return JSON.stringify(await this.storedText(place, json));
  }

  /** Opens a text of each row. @returns null in place of one that cannot be opened */
  async openTexts(
    texts: readonly { place: VaultPlace; stored: string }[],
  ): Promise<(string | null)[]> {
    if (!texts.some(({ stored }) => isSealedText(stored)))
      return texts.map(({ stored }) => ofPlainText(stored));
    const key = await this.key();
    const opened = texts.map(({ place, stored }) =>
      isSealedText(stored) ? orNull(() => openTextWith(key, place, stored)) : ofPlainText(stored),
    );
    this.warn(opened.filter((text) => text === null).length);
    return opened;
  }

  /** @throws AppError `vault.unreadable` */
  async openText(place: VaultPlace, stored: string): Promise<string> {
    if (!isSealedText(stored)) return ofPlainText(stored);
    return openTextWith(await this.key(), place, stored);
  }

  /** Opens a value of a `jsonb` column. @param lost takes the place of one that cannot be opened */
  async openJson<T>(place: VaultPlace, value: T, lost: T): Promise<T> {
    if (typeof value !== 'string' || !isSealedText(value)) return value;
    const [json] = await this.openTexts([{ place, stored: value }]);
    return json == null ? lost : (JSON.parse(json) as T);
  }

  /** A digest of a text as it is kept: without the key, nobody can test which text it is of. */
  mark(digest: Buffer): Buffer {
    return this.isOn ? markOf(this.serviceKeys.derive(MARK_PURPOSE), digest) : digest;
  }

  /** Tells whether a digest was kept, as it is or as a mark. */
  isKept(kept: Buffer | null, digest: Buffer): boolean {
    if (kept === null) return false;
    const key = this.serviceKeys.find(MARK_PURPOSE);
    return kept.equals(digest) || (key !== null && kept.equals(markOf(key, digest)));
  }

  private async key(): Promise<OwnedKey | undefined> {
    const { owner } = this.contexts;
    return (await this.dataKeys.ofUsers([owner])).get(owner);
  }

  private warn(unreadable: number): void {
    if (unreadable > 0)
      this.logger.warn({ msg: 'messages cannot be opened: their key is lost', unreadable });
  }
}

const markOf = (key: KeyObject, digest: Buffer): Buffer =>
  createHmac('sha256', key).update(digest).digest().subarray(0, MARK_BYTES);
