// Keeps answers to users sealed under their data keys, where memories or messages are, which many answers show.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { RequestContexts } from '../context/index.js';
import { AppError } from '../errors/index.js';
import { DataKeys } from '../vault/data-keys.js';
import { SealedColumns } from '../vault/sealed-columns.js';
import { isSealedText, openTextWith, sealTextWith } from '../vault/sealed-text.js';
import type { VaultPlace } from '../vault/vault.js';
import { VaultErrors } from '../vault/vault.errors.js';

/** A key may get another name when users are merged; the hash of its request stays. */
const placeOf = (requestHash: Buffer): VaultPlace => ({
  table: 'idempotency_key',
  row: requestHash.toString('hex'),
  column: 'body',
});

@Injectable()
export class SealedAnswers implements OnModuleInit {
  private readonly isOn: boolean;

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly columns: SealedColumns,
    private readonly contexts: RequestContexts,
    { identity }: Config,
  ) {
    this.isOn = identity.sealsAnswers;
  }

  onModuleInit(): void {
    this.columns.register({
      table: 'idempotency_key',
      row: `encode(request_hash, 'hex')`,
      key: 'key',
      column: 'body',
      isText: true,
    });
  }

  /**
   * Answers of the service's own requests show no memories and no messages, and stay plain.
   * @returns null when the data key is dead, so that the answer cannot be kept
   */
  async seal(requestHash: Buffer, body: string): Promise<string | null> {
    if (!this.isOn || this.contexts.scope().kind !== 'user') return body;
    const key = await this.dataKeys.obtain().catch((error: unknown) => {
      if (error instanceof AppError && error.code === VaultErrors.unreadable.code) return null;
      throw error;
    });
    return key && sealTextWith(key, placeOf(requestHash), body);
  }

  /** @throws AppError `vault.unreadable` */
  async open(requestHash: Buffer, stored: string): Promise<string> {
    if (!isSealedText(stored)) return stored;
    return openTextWith(await this.dataKeys.find(), placeOf(requestHash), stored);
  }
}
