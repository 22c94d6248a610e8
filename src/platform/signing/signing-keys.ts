// Signing keys of the service. The first process stores them in the database; each process reads
// them at its start.
import { createHmac, createSecretKey, type Hmac, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScopedDatabase, statement } from '../database/index.js';

/** Each purpose has its own key, so that a signature for one is not valid for another. */
const PURPOSES = ['cursor', 'request', 'cache', 'rate'] as const;
export type SigningPurpose = (typeof PURPOSES)[number];

const KEY_BYTES = 32;

const KEEP = statement(
  'signing_key.keep',
  `insert into threadkeep.signing_key (name, secret) select * from unnest($1::text[], $2::bytea[])
    on conflict (name) do nothing`,
);
const FIND = statement<{ name: string; secret: Buffer }>(
  'signing_key.find',
  `select name, secret from threadkeep.signing_key where name = any($1::text[])`,
);

@Injectable()
export class SigningKeys implements OnApplicationBootstrap {
  private readonly secrets = new Map<string, KeyObject>();

  constructor(private readonly database: ScopedDatabase) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.database.runAsSystem('read the keys that the service signs with', async () => {
      await this.read();
      const missing = PURPOSES.filter((purpose) => !this.secrets.has(purpose));
      if (missing.length === 0) return;
      await this.database.write(KEEP, [missing, missing.map(() => randomBytes(KEY_BYTES))]);
      await this.read();
    });
  }

  /** Begins an HMAC-SHA256 with the key of the purpose. */
  hmac(purpose: SigningPurpose): Hmac {
    return createHmac('sha256', this.secrets.get(purpose)!);
  }

  private async read(): Promise<void> {
    for (const { name, secret } of await this.database.read(FIND, [PURPOSES]))
      this.secrets.set(name, createSecretKey(secret));
  }
}
