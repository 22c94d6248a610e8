// The SQL of users' keys of model providers.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SealedColumns } from '../../platform/vault/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

export interface ModelKeyRow {
  provider: string;
  updatedAt: string;
}

const shown = `provider, updated_at as "updatedAt"`;

const LIST = ownedStatement<ModelKeyRow>(
  'model_key.list',
  `select ${shown} from threadkeep.model_key where user_id = $1 order by provider collate "C"`,
);
const FIND = ownedStatement<{ sealed: Buffer }>(
  'model_key.find',
  `select sealed from threadkeep.model_key where user_id = $1 and provider = $2`,
);
const SAVE = ownedStatement<ModelKeyRow>(
  'model_key.save',
  `insert into threadkeep.model_key (user_id, provider, sealed) values ($1, $2, $3)
     on conflict (user_id, provider) do update set sealed = excluded.sealed, updated_at = now()
   returning ${shown}`,
);
const REMOVE = ownedStatement<{ provider: string }>(
  'model_key.remove',
  `delete from threadkeep.model_key where user_id = $1 and provider = $2 returning provider`,
);

@Injectable()
export class ModelKeysRepository implements OnModuleInit {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealed: SealedColumns,
  ) {}

  onModuleInit(): void {
    this.sealed.register({ table: 'model_key', row: 'provider', column: 'sealed' });
  }

  list(): Promise<ModelKeyRow[]> {
    return this.database.read(LIST, []);
  }

  async findSealed(provider: string): Promise<Buffer | null> {
    return (await this.database.read(FIND, [provider]))[0]?.sealed ?? null;
  }

  async save(provider: string, sealed: Buffer): Promise<ModelKeyRow> {
    return (await this.database.write(SAVE, [provider, sealed]))[0]!;
  }

  /** @returns false when there was none */
  async remove(provider: string): Promise<boolean> {
    return (await this.database.write(REMOVE, [provider])).length > 0;
  }
}
