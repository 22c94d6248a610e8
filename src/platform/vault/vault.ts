// Keeps secrets: sealed under a key of their owner's, for the one place where they are stored.
import { Injectable } from '@nestjs/common';
import { decrypt, encrypt } from './cipher.js';
import { DataKeys } from './data-keys.js';
import { VaultErrors } from './vault.errors.js';

/** Where a sealed value is stored. `row` is the id of the row as the database has it; it must be known before, and never change. */
export interface Place {
  table: string;
  row: string;
  column: string;
}

/**
 * Whose secret it is, the current scope says: the user's, or in the system's scope the service's own. The first time, the key custody may be
 * asked: with one outside of this process, seal before a transaction and not in it.
 */
@Injectable()
export class Vault {
  constructor(private readonly dataKeys: DataKeys) {}

  /**
   * The value for a `bytea` column: 29 bytes longer than the text in UTF-8, and different each time.
   * @throws AppError `vault.not_configured` or `vault.key_missing` without the key it needs, TypeError for a text with a lone surrogate
   */
  async seal(place: Place, plaintext: string): Promise<Buffer> {
    if (!plaintext.isWellFormed())
      throw new TypeError('a secret with a lone surrogate would not come back as it was');
    const { owner, key } = await this.dataKeys.obtain();
    return encrypt(key, Buffer.from(plaintext, 'utf8'), bound(owner, place));
  }

  /** @throws AppError `vault.unreadable` for what was not sealed for this place by this owner, was changed, or was shredded; `vault.key_missing` */
  async open(place: Place, sealed: Buffer): Promise<string> {
    const found = await this.dataKeys.find();
    const plaintext = found && decrypt(found.key, sealed, bound(found.owner, place));
    if (!plaintext) throw VaultErrors.unreadable();
    return plaintext.toString('utf8');
  }

  /**
   * Makes all secrets of the user unreadable for good, wherever copies of them are. What is sealed after that is sealed under a new key.
   * @returns false when there were none
   * @throws ScopeMissingError in the system's scope
   */
  shred(): Promise<boolean> {
    return this.dataKeys.shred();
  }
}

const bound = (owner: string, { table, row, column }: Place): string[] => [
  'value',
  owner,
  table,
  row,
  column,
];
