// Summaries whose range has an erased message: they are marked as stale, or deleted.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  Derivations,
  type Derived,
  type ErasedMessage,
  type MessageDerivation,
} from '../../conversations/index.js';
import { ownedStatement, ScopedDatabase } from '../../platform/database/index.js';

/** The messages are arrays of conversations and numbers, $2 and $3. */
const COVERING = `
  select s.id from unnest($2::uuid[], $3::integer[]) as m (conversation_id, seq)
    join threadkeep.summary s on s.user_id = $1 and s.conversation_id = m.conversation_id
      and s.to_seq >= m.seq and s.from_seq <= m.seq`;

const FIND = ownedStatement<Derived>(
  'summary.derived',
  `with derived as (${COVERING})
   select (select count(*) from derived)::integer as count,
     array(select id from derived order by id limit $4) as ids`,
);

const FORGET = ownedStatement<{ conversationId: string }>(
  'summary.forget',
  `with forgotten as (
     delete from threadkeep.summary where user_id = $1
       and id = any (array(${COVERING} order by s.id limit $4))
     returning conversation_id
   ), counted as (
     update threadkeep.conversation c set context_version = context_version + 1
      where c.user_id = $1 and c.id in (select conversation_id from forgotten))
   select conversation_id as "conversationId" from forgotten`,
);

const MARK = ownedStatement(
  'summary.mark',
  `update threadkeep.summary set stale = true
    where user_id = $1 and id = any (array(${COVERING})) and not stale`,
);

const placesOf = (messages: ErasedMessage[]) => [
  messages.map(({ conversationId }) => conversationId),
  messages.map(({ seq }) => seq),
];

@Injectable()
export class DerivedSummaries implements MessageDerivation, OnModuleInit {
  readonly kind = 'summary';

  constructor(
    private readonly derivations: Derivations,
    private readonly database: ScopedDatabase,
  ) {}

  onModuleInit(): void {
    this.derivations.registerOfMessages(this);
  }

  find = async (messages: ErasedMessage[], limit: number): Promise<Derived> =>
    (await this.database.read(FIND, [...placesOf(messages), limit]))[0]!;

  forget = async (messages: ErasedMessage[], limit: number): Promise<number> =>
    (await this.database.write(FORGET, [...placesOf(messages), limit])).length;

  mark = async (messages: ErasedMessage[]): Promise<void> => {
    await this.database.write(MARK, placesOf(messages));
  };
}
