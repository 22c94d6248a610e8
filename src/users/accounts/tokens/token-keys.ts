// The keys of access tokens. All processes share them, and a new key is published before anything is
// signed with it.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { ScopedDatabase } from '../../../platform/database/index.js';
import { Vault, type VaultPlace } from '../../../platform/vault/index.js';
import { TokenKeysRepository, type TokenKeyRow } from './token-keys.repository.js';

export const TOKEN_ALGORITHM = 'ES256';
/** How long others may use a key set that they have fetched. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
/** How long this process uses the keys that it has read. */
const MAX_AGE_MS = 60_000;
/** The shortest time between two reads, however many tokens name unknown keys. */
const MIN_INTERVAL_MS = 5_000;
/** A key signs when everybody has had the time to fetch it. */
const PUBLISHED_BEFORE_SECONDS = 2 * KEY_SET_MAX_AGE_SECONDS;
const DAY_SECONDS = 86_400;
const KEY_ID_BYTES = 12;
/** The age at which a key gets a successor. */
const SUCCESSOR_AFTER_SECONDS = 90 * DAY_SECONDS;

const placeOf = (id: string): VaultPlace => ({ table: 'token_key', row: id, column: 'sealed' });

interface ReadKeys {
  rows: TokenKeyRow[];
  /** By `performance.now()`. */
  readAt: number;
  publicKeys: Map<string, Promise<CryptoKey>>;
  signing: Promise<CryptoKey> | undefined;
}

const NOTHING: ReadKeys = {
  rows: [],
  readAt: -Infinity,
  publicKeys: new Map(),
  signing: undefined,
};

@Injectable()
export class TokenKeys {
  private known = NOTHING;
  private reading: Promise<ReadKeys> | undefined;

  constructor(
    private readonly keys: TokenKeysRepository,
    private readonly vault: Vault,
    private readonly database: ScopedDatabase,
  ) {}

  /**
   * Gives the key to sign with. The first call makes it.
   * @throws AppError `vault.not_configured` without a key that it could be sealed with
   */
  async signing(): Promise<{ id: string; key: CryptoKey }> {
    let known = await this.readWithin(MAX_AGE_MS);
    if (known.rows.length === 0) {
      await this.asSystem(() => this.add((rows) => rows.length === 0));
      known = await this.read();
    }
    const row = activeOf(known.rows)!;
    known.signing ??= this.open(row);
    const { signing } = known;
    signing.catch(() => (known.signing = undefined));
    return { id: row.id, key: await signing };
  }

  /** @returns the public key with this id, or null when there is none */
  async find(id: string): Promise<CryptoKey | null> {
    const publicKeyOf = ({ publicKeys }: ReadKeys) => publicKeys.get(id);
    const found =
      publicKeyOf(await this.readWithin(MAX_AGE_MS)) ??
      publicKeyOf(await this.readWithin(MIN_INTERVAL_MS));
    return (await found) ?? null;
  }

  /** The public keys, also of tokens that were signed before a rotation. */
  async published(): Promise<JWK[]> {
    const { rows } = await this.readWithin(MAX_AGE_MS);
    return rows.map(({ id, publicKey }) => ({
      ...publicKey,
      kid: id,
      alg: TOKEN_ALGORITHM,
      use: 'sig',
    }));
  }

  /** Adds the successor of an old key, and removes keys that sign nothing that is still valid. */
  async rotate(): Promise<void> {
    await this.add(([newest]) => (newest?.ageSeconds ?? 0) > SUCCESSOR_AFTER_SECONDS);
    const rows = await this.keys.list();
    const active = activeOf(rows);
    if (!active || active.ageSeconds < PUBLISHED_BEFORE_SECONDS + DAY_SECONDS) return;
    await this.keys.remove(rows.slice(rows.indexOf(active) + 1).map(({ id }) => id));
  }

  private async add(isNeeded: (rows: TokenKeyRow[]) => boolean): Promise<void> {
    if (!isNeeded(await this.keys.list())) return;
    const id = randomBytes(KEY_ID_BYTES).toString('base64url');
    const pair = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
    const publicKey = await exportJWK(pair.publicKey);
    const sealed = await this.vault.seal(
      placeOf(id),
      JSON.stringify(await exportJWK(pair.privateKey)),
    );
    await this.database.transaction(async () => {
      await this.keys.lock();
      if (isNeeded(await this.keys.list())) await this.keys.add(id, publicKey, sealed);
    });
  }

  private async open({ id, sealed }: TokenKeyRow): Promise<CryptoKey> {
    const text = await this.asSystem(() => this.vault.open(placeOf(id), sealed));
    return (await importJWK(JSON.parse(text) as JWK, TOKEN_ALGORITHM)) as CryptoKey;
  }

  private async readWithin(ageMs: number): Promise<ReadKeys> {
    return performance.now() - this.known.readAt < ageMs ? this.known : this.read();
  }

  private read(): Promise<ReadKeys> {
    return (this.reading ??= this.asSystem(() => this.keys.list())
      .then((rows) => (this.known = this.toKnown(rows)))
      .finally(() => (this.reading = undefined)));
  }

  private toKnown(rows: TokenKeyRow[]): ReadKeys {
    const publicKeys = rows.map(
      ({ id, publicKey }) =>
        [id, importJWK(publicKey, TOKEN_ALGORITHM) as Promise<CryptoKey>] as const,
    );
    const isSame = activeOf(rows)?.id === activeOf(this.known.rows)?.id;
    return {
      rows,
      readAt: performance.now(),
      publicKeys: new Map(publicKeys),
      signing: isSame ? this.known.signing : undefined,
    };
  }

  private asSystem<T>(work: () => Promise<T>): Promise<T> {
    return this.database.runAsSystem('the keys of access tokens', work);
  }
}

/** The newest key that everybody has had the time to fetch; without one, the oldest. */
const activeOf = (rows: TokenKeyRow[]): TokenKeyRow | undefined =>
  rows.find(({ ageSeconds }) => ageSeconds >= PUBLISHED_BEFORE_SECONDS) ?? rows.at(-1);
