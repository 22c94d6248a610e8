import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A message may have another parent than the message before it, and a conversation another head than
 * its last message. A conversation without branches stores nothing more: both columns are null.
 */
export class BranchConversations1795912000000 implements MigrationInterface {
  name = 'BranchConversations1795912000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table threadkeep.conversation
        add column head_seq integer,
        add constraint conversation__head_within check (head_seq between 0 and last_seq)`);
    await runner.query(`
      alter table threadkeep.message
        add column parent_seq integer,
        add constraint message__parent_before
          check (parent_seq >= 0 and parent_seq < seq - 1)`);
    await runner.query(`
      create index message__branches on threadkeep.message (user_id, conversation_id, seq)
        include (parent_seq) where parent_seq is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$ begin
        if exists (select from threadkeep.message where parent_seq is not null)
          or exists (select from threadkeep.conversation where head_seq is not null) then
          raise exception 'conversations have branches, which the release before cannot keep apart';
        end if;
      end $$`);
    await runner.query('drop index threadkeep.message__branches');
    await runner.query('alter table threadkeep.message drop column parent_seq');
    await runner.query('alter table threadkeep.conversation drop column head_seq');
  }
}
