// Refuses what only a database that reads what messages say can answer.
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';
import { MessageErrors } from '../conversations.errors.js';
import { isSealedSaidSql } from './said.js';
import { SealedMessages } from './sealed-messages.js';

const HAS_SEALED = ownedStatement<{ found: boolean }>(
  'message.has_sealed',
  `select exists (select from threadkeep.message m
    where m.user_id = $1 and ${isSealedSaidSql('m')}) as found`,
);

@Injectable()
export class SealedSearches {
  constructor(
    private readonly sealing: SealedMessages,
    private readonly database: ScopedDatabase,
  ) {}

  /** Whether the user has sealed messages. */
  async hasSealed(): Promise<boolean> {
    if (!(await this.sealing.mayBeSealed())) return false;
    return (await this.database.read(HAS_SEALED, []))[0]!.found;
  }

  /**
   * Where messages are sealed, and while some of this user are after it was switched off.
   * @param asked what the request asks for; nothing is refused without any
   * @throws AppError `message.sealed`
   */
  async requirePlain(asked: string[]): Promise<void> {
    if (asked.length > 0 && (this.sealing.isOn || (await this.hasSealed())))
      throw sealedError(asked);
  }
}

export const sealedError = (asked: string[]) =>
  MessageErrors.sealed({
    detail: `Messages are stored sealed here (SEAL_MESSAGES), so the database cannot compare ${asked.join(' and ')}. GET /v1/messages/search finds words.`,
  });
