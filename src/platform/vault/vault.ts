// Seals secrets with a data key of their owner, each for the one place where it is stored.
import { Injectable } from '@nestjs/common';
import { decrypt, encrypt } from './cipher.js';
import { DataKeys, type OwnedKey } from './data-keys.js';
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
    return sealWith(await this.dataKeys.obtain(), place, plaintext);
  }

  /**
   * @throws AppError `vault.unreadable` for a value that was not sealed for this place by this
   * owner, was changed, or was shredded; `vault.key_missing`
   */
  async open(place: VaultPlace, sealed: Buffer): Promise<string> {
    return openWith(await this.dataKeys.find(), place, sealed);
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

/** As `Vault.seal`, with a key that was read. @throws TypeError for a text with a lone surrogate */
export function sealWith(key: OwnedKey, place: VaultPlace, plaintext: string): Buffer {
  if (!plaintext.isWellFormed())
    throw new TypeError('a secret with a lone surrogate would not come back as it was');
  return sealBytesWith(key, place, Buffer.from(plaintext, 'utf8'));
}

export const sealBytesWith = ({ owner, key }: OwnedKey, place: VaultPlace, bytes: Buffer): Buffer =>
  encrypt(key, bytes, bound(owner, place));

/** As `Vault.open`, with a key that was read. @throws AppError `vault.unreadable` */
export function openWith(
  found: OwnedKey | null | undefined,
  place: VaultPlace,
  sealed: Buffer,
): string {
  return openBytesWith(found, place, sealed).toString('utf8');
}

/** @throws AppError `vault.unreadable` */
export function openBytesWith(
  found: OwnedKey | null | undefined,
  place: VaultPlace,
  sealed: Buffer,
): Buffer {
  const bytes = found && decrypt(found.key, sealed, bound(found.owner, place));
  if (!bytes) throw VaultErrors.unreadable();
  return bytes;
}

/** What a sealed value is bound to. */
export const bound = (owner: string, { table, row, column }: VaultPlace): string[] => [
  'value',
  owner,
  table,
  row,
  column,
];
