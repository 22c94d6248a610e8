// Looks up e-mail addresses that the database cannot read: by an HMAC under a key of the vault.
import { createHmac, hkdfSync } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Config, ConfigError } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import { AppError } from '../../platform/errors/index.js';
import { DataKeys, type OwnedKey } from '../../platform/vault/index.js';
import { UserErrors } from '../users.errors.js';
import { SealingRepository } from './sealing.repository.js';

/** Keeps the key apart from the service's data key, and from other keys that are derived from it. */
const PURPOSE = 'threadkeep app_user.email_hmac';
const KEY_BYTES = 32;

const NO_KEY =
  'needs the keys of the vault: set VAULT_KEYS or VAULT_KEYS_FILE (npx threadkeep keys generate prints a key)';

/**
 * Capitals as small letters, one code point for one, as `threadkeep.fold_case` does. `İ` is the only
 * letter that JavaScript writes as two.
 */
export const foldAddress = (text: string): string =>
  Array.from(text, (letter) => (letter === '\u0130' ? 'i' : letter.toLowerCase())).join('');

@Injectable()
export class AddressIndex implements OnModuleInit, OnApplicationBootstrap {
  /** True when fields of users are stored sealed. */
  readonly isOn: boolean;
  private key: Buffer | undefined;
  private start: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly sealing: SealingRepository,
    private readonly database: ScopedDatabase,
    private readonly contexts: RequestContexts,
    config: Config,
  ) {
    this.isOn = config.identity.sealUsers;
  }

  /** Asks the database while the rest of the service starts. */
  onModuleInit(): void {
    this.start = this.requireKey();
    // Who waits for it below is told; a start that failed before that does not wait.
    this.start.catch(() => undefined);
  }

  /** @throws ConfigError without a key of the vault that is needed */
  async onApplicationBootstrap(): Promise<void> {
    await this.start;
  }

  /**
   * The look-up value of an address: 32 bytes, the same whatever its capitals.
   * @returns null while the service has no key for it, when nothing can be sealed either
   */
  async of(email: string): Promise<Buffer | null> {
    const key = await this.ready();
    return key && createHmac('sha256', key).update(foldAddress(email)).digest();
  }

  /** False while nothing can have been sealed. */
  async hasKey(): Promise<boolean> {
    return (await this.ready()) !== null;
  }

  /** True while some users may be sealed: then not all filters work. As the system. */
  async mayBeSealed(): Promise<boolean> {
    if (this.isOn) return true;
    return (await this.ready()) !== null && (await this.sealing.hasSealed());
  }

  /**
   * Refuses an address that a user has whose row has no look-up value yet; unique indexes refuse
   * others. In a user's scope, call it before the transaction: only the system sees other users.
   * @throws AppError `user.email_taken`
   */
  async requireFree(email: string, exceptUserId: string): Promise<void> {
    if (!this.isOn) return void (await this.ready());
    if (await this.asSystem(() => this.sealing.isTakenPlain(email, exceptUserId)))
      throw UserErrors.emailTaken();
  }

  private async requireKey(): Promise<void> {
    if (!this.isOn && !(await this.asSystem(() => this.sealing.hasSealed()))) return;
    const key = await this.ready().catch((error: unknown) => {
      if (error instanceof AppError) return null;
      throw error;
    });
    if (key) return;
    const needing = this.isOn ? 'SEAL_USERS=true' : 'Users are sealed in this database, which';
    throw new ConfigError(`${needing} ${NO_KEY}.`);
  }

  private async ready(): Promise<Buffer | null> {
    if (this.key) return this.key;
    // Another process may make the key meanwhile, so its absence is not remembered.
    if (this.database.inTransaction && !this.isSystem) return null;
    const found = await this.asSystem(() => this.read());
    if (!found) return null;
    return (this.key = Buffer.from(hkdfSync('sha256', found.key, '', PURPOSE, KEY_BYTES)));
  }

  private async read(): Promise<OwnedKey | null> {
    if (this.isOn) return this.dataKeys.obtain();
    return this.dataKeys.find().catch((error: unknown) => {
      if (error instanceof AppError) return null;
      throw error;
    });
  }

  private get isSystem(): boolean {
    return this.contexts.current()?.scope?.kind === 'system';
  }

  private asSystem<T>(work: () => Promise<T>): Promise<T> {
    return this.isSystem ? work() : this.database.runAsSystem('look up an address', work);
  }
}
