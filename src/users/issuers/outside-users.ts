// Finds the user of an outside identity, and creates one for an identity that is new.
import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Config } from '../../platform/config/config.js';
import { ScopedDatabase } from '../../platform/database/index.js';
import type { TokenUser } from '../authentication/token-source.js';
import { UserAudit } from '../user-audit.js';
import type { OutsideIdentity } from './issued-token.js';
import { OutsideUsersRepository } from './outside-users.repository.js';

/** A concurrent request may take the address, and then the next attempt goes without it. */
const MAX_ATTEMPTS = 3;

@Injectable()
export class OutsideUsers {
  constructor(
    private readonly users: OutsideUsersRepository,
    private readonly database: ScopedDatabase,
    private readonly audit: UserAudit,
    private readonly config: Config,
  ) {}

  find(identity: OutsideIdentity): Promise<TokenUser | null> {
    return this.database.runAsSystem('look up the user of a token', () =>
      this.users.find(identity),
    );
  }

  /**
   * Finds or creates the user. Of racing calls one creates.
   * @returns null for an unknown user that is not created automatically
   */
  async findOrCreate(identity: OutsideIdentity): Promise<TokenUser | null> {
    const known = await this.find(identity);
    if (known || !this.config.autoCreateUsers) return known;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      await this.create(identity);
      const created = await this.find(identity);
      if (created) return created;
    }
    throw new Error('the user of a token was removed each time it was created');
  }

  private create(identity: OutsideIdentity): Promise<void> {
    return this.database.runAsSystem('create the user of a token', () =>
      this.database.transaction(async () => {
        const id = uuidv7();
        if (await this.users.create(id, identity))
          await this.audit.created(id, { automatic: true });
      }),
    );
  }
}
