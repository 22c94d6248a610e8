// Keeps wrapping keys in this process: from the configuration, or from a file beside the embedded
// server's data, made when first needed.
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { VaultKey } from '../config/vault-keys.js';
import { PREPARED_DATABASE, type PreparedDatabase } from '../database/index.js';
import { decrypt, encrypt } from './cipher.js';
import { KeyCustody, type WrappedKey } from './key-custody.js';
import { createKeyFile, readKeyFile } from './key-file.js';
import { SET_A_KEY, VaultErrors } from './vault.errors.js';

const KEY_FILE = 'vault.keys';

const NO_KEY =
  'VAULT_KEYS is not set: secrets, such as headers and variables of MCP servers, cannot be saved (503 vault.not_configured). npx threadkeep keys generate prints a key; set it for every process.';

@Injectable()
export class LocalKeyCustody extends KeyCustody implements OnModuleInit {
  private readonly logger = new Logger(LocalKeyCustody.name);
  private keys: readonly VaultKey[];
  private readonly file: string | undefined;
  private creating: Promise<VaultKey> | undefined;

  constructor({ vaultKeys }: Config, @Inject(PREPARED_DATABASE) { directory }: PreparedDatabase) {
    super();
    this.keys = vaultKeys ?? [];
    this.file = vaultKeys || directory === undefined ? undefined : join(directory, KEY_FILE);
  }

  /** @throws ConfigError when the key file cannot be used */
  async onModuleInit(): Promise<void> {
    if (this.file) this.keys = (await readKeyFile(this.file)) ?? [];
    else if (this.keys.length === 0) this.logger.warn({ msg: NO_KEY });
  }

  override async currentKeyId(): Promise<string | null> {
    return this.keys[0]?.id ?? null;
  }

  override async wrap(dataKey: Buffer, context: string): Promise<WrappedKey> {
    const { id, secret } = this.keys[0] ?? (await this.firstKey());
    return { keyId: id, wrapped: encrypt(secret, dataKey, bound(id, context)) };
  }

  override async unwrap({ keyId, wrapped }: WrappedKey, context: string): Promise<Buffer> {
    const key = this.keys.find(({ id }) => id === keyId);
    if (!key) throw VaultErrors.keyMissing();
    const dataKey = decrypt(key.secret, wrapped, bound(keyId, context));
    if (!dataKey) throw VaultErrors.unreadable();
    return dataKey;
  }

  /**
   * Concurrent callers share one key. Other processes cannot interfere, because this one holds the
   * data directory.
   */
  private firstKey(): Promise<VaultKey> {
    if (!this.file) throw VaultErrors.notConfigured({ detail: SET_A_KEY });
    this.creating ??= this.create(this.file).finally(() => (this.creating = undefined));
    return this.creating;
  }

  private async create(file: string): Promise<VaultKey> {
    await createKeyFile(file);
    this.keys = (await readKeyFile(file))!;
    return this.keys[0]!;
  }
}

const bound = (keyId: string, context: string): string[] => ['data key', keyId, context];
