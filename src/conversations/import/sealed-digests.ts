// Digests of what sealed messages say, which imports are compared by.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ownedStatement, ScopedDatabase, withinBytes } from '../../platform/database/index.js';
import { toPlainText } from '../../platform/vault/index.js';
import type { MessageRole } from '../messages/message.entity.js';
import { isSealedSaidSql } from '../sealing/said.js';
import { SealedMessages } from '../sealing/sealed-messages.js';

/** Sealed messages that are read and opened at a time, and the bytes of their contents. */
const PAGE = { rows: 500, bytes: 8_000_000 };

interface SealedRow {
  seq: number;
  role: MessageRole;
  /** Null when it cannot be opened. */
  content: string | null;
}

/** Sealed messages after $3 and before $4 that were not erased and are finished. */
const SEALED = ownedStatement<SealedRow>(
  'message.import_sealed',
  withinBytes(
    `select m.seq, m.role, m.content, octet_length(m.content) as bytes from threadkeep.message m
      where m.user_id = $1 and m.conversation_id = $2 and m.seq > $3 and m.seq < $4
        and m.erased is null and m.status is distinct from 'in_progress' and ${isSealedSaidSql('m')}
      order by m.seq limit ${PAGE.rows}`,
    String(PAGE.bytes),
  ),
  { slow: true },
);

/** As PostgreSQL makes it of a plain message that it stores. */
export const digestOfSaid = (role: MessageRole, content: string): string =>
  createHash('sha256')
    .update(`${role} ${toPlainText(content)}`)
    .digest('hex');

@Injectable()
export class SealedDigests {
  constructor(
    private readonly database: ScopedDatabase,
    private readonly sealing: SealedMessages,
  ) {}

  /** Reads the sealed messages of a range in order; the digest of one that cannot be opened is null. */
  async *read(
    conversationId: string,
    { afterSeq, beforeSeq }: { afterSeq: number; beforeSeq: number },
  ): AsyncGenerator<{ seq: number; digest: string | null }> {
    for (let after = afterSeq; ;) {
      const rows = await this.database.read(SEALED, [conversationId, after, beforeSeq]);
      for (const { seq, role, content } of await this.sealing.openAll(rows, withoutContent))
        yield { seq, digest: content === null ? null : digestOfSaid(role, content) };
      if (rows.length === 0) return;
      after = rows.at(-1)!.seq;
    }
  }
}

const withoutContent = (row: SealedRow): SealedRow => ({ ...row, content: null });
