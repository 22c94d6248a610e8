// Rewraps data keys with the custody's current key. The data keys, and what they seal, do not
// change.
import { Injectable } from '@nestjs/common';
import { AppError } from '../errors/index.js';
import { custodyContext } from './data-keys.js';
import {
  type DataKeyTable,
  DataKeysRepository,
  type KeyCount,
  type Rewrap,
} from './data-keys.repository.js';
import { KeyCustody, type WrappedKey } from './key-custody.js';
import { SET_A_KEY, VaultErrors } from './vault.errors.js';

/** Data keys rewrapped in one transaction. */
const BATCH_KEYS = 100;
const TABLES: DataKeyTable[] = ['system', 'user'];

export interface KeyStatus {
  /** Null when the custody has no key. */
  current: string | null;
  counts: KeyCount[];
  /** Data keys that another key than the current one wraps. */
  behind: number;
}

/** Runs `write`, which stores one batch. It may throw: a later pass then finds the batch again. */
export type Step = (write: () => Promise<number>) => Promise<number>;

/** All methods run as the system. */
@Injectable()
export class KeyRotation {
  constructor(
    private readonly stored: DataKeysRepository,
    private readonly custody: KeyCustody,
  ) {}

  async status(): Promise<KeyStatus> {
    const current = await this.custody.currentKeyId();
    const counts = await this.stored.counts();
    const behind = counts
      .filter(({ keyId }) => keyId !== current)
      .reduce((sum, { dataKeys }) => sum + dataKeys, 0);
    return { current, counts, behind };
  }

  /**
   * Rewraps all keys that are behind, in one pass, beside readers and other passes. Keys that
   * cannot be unwrapped here, or are locked, stay behind: check `status` afterwards.
   * @returns how many were rewrapped
   * @throws AppError `vault.not_configured` without a current key
   */
  async rewrap(step: Step, report: (done: number) => void = () => undefined): Promise<number> {
    const current = await this.custody.currentKeyId();
    if (current === null) throw VaultErrors.notConfigured({ detail: SET_A_KEY });
    let done = 0;
    for (const table of TABLES) {
      for await (const keys of this.batches(table, current)) {
        // Calls the custody outside of any transaction.
        const rewrapped = (await Promise.all(keys.map((key) => this.rewrapped(key)))).filter(
          (key) => key !== null,
        );
        done += await step(() => this.stored.rewrap(table, rewrapped));
        report(done);
      }
    }
    return done;
  }

  private async *batches(
    table: DataKeyTable,
    current: string,
  ): AsyncGenerator<(WrappedKey & { owner: string })[]> {
    for (let after: string | null = null; ;) {
      const keys = await this.stored.behind(table, current, after, BATCH_KEYS);
      if (keys.length > 0) yield keys;
      if (keys.length < BATCH_KEYS) return;
      after = keys.at(-1)!.owner;
    }
  }

  /** @returns null when the key can never be unwrapped here; throws when the custody is away */
  private async rewrapped({
    owner,
    ...before
  }: WrappedKey & { owner: string }): Promise<Rewrap | null> {
    let dataKey: Buffer | undefined;
    try {
      dataKey = await this.custody.unwrap(before, custodyContext(owner));
      return { owner, before, after: await this.custody.wrap(dataKey, custodyContext(owner)) };
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    } finally {
      dataKey?.fill(0);
    }
  }
}
