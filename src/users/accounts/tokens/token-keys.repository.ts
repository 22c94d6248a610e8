// The SQL of the keys of access tokens. Run it as the system.
import { Injectable } from '@nestjs/common';
import type { JWK } from 'jose';
import { ScopedDatabase, statement } from '../../../platform/database/index.js';

export interface TokenKeyRow {
  id: string;
  publicKey: JWK;
  sealed: Buffer;
  ageSeconds: number;
}

const LIST = statement<TokenKeyRow>(
  'token_key.list',
  `select id, public_key as "publicKey", sealed,
          extract(epoch from now() - created_at)::float8 as "ageSeconds"
     from threadkeep.token_key order by created_at desc, id desc`,
);

/** Of processes that make a key at the same time, one does: the lock is held until the commit. */
const LOCK = statement(
  'token_key.lock',
  `select pg_advisory_xact_lock(hashtext('threadkeep.token_key'))`,
);

const ADD = statement(
  'token_key.add',
  `insert into threadkeep.token_key (id, public_key, sealed) values ($1, $2::jsonb, $3)`,
);

const REMOVE = statement(
  'token_key.remove',
  `delete from threadkeep.token_key where id = any ($1::text[])`,
);

@Injectable()
export class TokenKeysRepository {
  constructor(private readonly database: ScopedDatabase) {}

  /** The newest first. */
  list(): Promise<TokenKeyRow[]> {
    return this.database.read(LIST, []);
  }

  async lock(): Promise<void> {
    await this.database.write(LOCK, []);
  }

  async add(id: string, publicKey: JWK, sealed: Buffer): Promise<void> {
    await this.database.write(ADD, [id, JSON.stringify(publicKey), sealed]);
  }

  async remove(ids: string[]): Promise<void> {
    await this.database.write(REMOVE, [ids]);
  }
}
