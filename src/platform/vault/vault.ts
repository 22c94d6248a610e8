// Seals secrets with a data key of their owner, each for the one place where it is stored.
import { Injectable } from '@nestjs/common';
import { decrypt, encrypt } from './cipher.js';
import { DataKeys } from './data-keys.js';
import { VaultErrors } from './vault.errors.js';

/**
 * The place of a sealed value. `row` is the id of its row in the database. Choose the id before you
 * seal. It must never change, because a value can be opened for its own place only.
 */
export interface VaultPlace {
  table: string;
  row: string;
  column: string;
}

/**
 * Seals for the owner of the scope: the user or, in the system's scope, the service. The first use
 * may call the key custody: with a custody outside this process, seal before a transaction, not
 * inside.
 */
@Injectable()
export class Vault {
  constructor(private readonly dataKeys: DataKeys) {}

  /**
   * Seals a text for a `bytea` column, each time differently: 29 bytes more than the text in UTF-8.
   * @throws AppError `vault.not_configured` or `vault.key_missing` without the needed key;
   * TypeError for a text with a lone surrogate
   */
  async seal(place: VaultPlace, plaintext: string): Promise<Buffer> {
    if (!plaintext.isWellFormed())
      throw new TypeError('a secret with a lone surrogate would not come back as it was');
    const { owner, key } = await this.dataKeys.obtain();
    return encrypt(key, Buffer.from(plaintext, 'utf8'), bound(owner, place));
  }

  /**
   * @throws AppError `vault.unreadable` for a value that was not sealed for this place by this
   * owner, was changed, or was shredded; `vault.key_missing`
   */
  async open(place: VaultPlace, sealed: Buffer): Promise<string> {
    const found = await this.dataKeys.find();
    const plaintext = found && decrypt(found.key, sealed, bound(found.owner, place));
    if (!plaintext) throw VaultErrors.unreadable();
    return plaintext.toString('utf8');
  }

  /**
   * Makes all secrets of the user unreadable for good, including copies. Later secrets get a new
   * key.
   * @returns false when there were none
   * @throws ScopeMissingError in the system's scope
   */
  shred(): Promise<boolean> {
    return this.dataKeys.shred();
  }
}

const bound = (owner: string, { table, row, column }: VaultPlace): string[] => [
  'value',
  owner,
  table,
  row,
  column,
];
