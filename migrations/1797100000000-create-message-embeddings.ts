import type { MigrationInterface, QueryRunner } from 'typeorm';
import { protectTable } from '../src/platform/database/setup/row-level-security.js';

/**
 * Vectors of messages, by which a search finds them by meaning. A job makes them for users who search
 * their messages. Triggers drop the vector of a message that is removed, redacted or sealed. When a
 * message is sealed, the job has to look through its conversation again: it stops at sealed ones.
 */
export class CreateMessageEmbeddings1797100000000 implements MigrationInterface {
  name = 'CreateMessageEmbeddings1797100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table threadkeep.message_embedding (
        user_id    uuid  not null,
        message_id uuid  not null,
        model      text  not null constraint message_embedding__model_length check (char_length(model) between 1 and 200),
        vector     bytea not null constraint message_embedding__vector_size check (octet_length(vector) between 1 and 4096),
        constraint message_embedding__pk primary key (user_id, message_id),
        constraint message_embedding__message_fk foreign key (user_id, message_id)
          references threadkeep.message (user_id, id) on delete cascade
      )`);
    await protectTable(runner, { table: 'message_embedding' });
    await runner.query(`
      create table threadkeep.message_embedding_head (
        user_id         uuid    not null,
        conversation_id uuid    not null,
        model           text    not null constraint message_embedding_head__model_length check (char_length(model) between 1 and 200),
        up_to           integer not null constraint message_embedding_head__up_to_positive check (up_to > 0),
        constraint message_embedding_head__pk primary key (user_id, conversation_id),
        constraint message_embedding_head__conversation_fk foreign key (user_id, conversation_id)
          references threadkeep.conversation (user_id, id) on delete cascade
      )`);
    await protectTable(runner, { table: 'message_embedding_head' });
    await runner.query(`
      create function threadkeep.drop_vector_of_message() returns trigger language plpgsql as $$
      begin
        delete from threadkeep.message_embedding
         where user_id = new.user_id and message_id = new.id;
        return null;
      end $$`);
    await runner.query(`
      create trigger message__drop_vector after update of erased on threadkeep.message
        for each row when (new.erased is distinct from old.erased)
        execute function threadkeep.drop_vector_of_message()`);
    await runner.query(`
      create function threadkeep.drop_vectors_of_conversation() returns trigger language plpgsql as $$
      begin
        delete from threadkeep.message_embedding
         where user_id = new.user_id and message_id = new.id;
        delete from threadkeep.message_embedding_head
         where user_id = new.user_id and conversation_id = new.conversation_id;
        return null;
      end $$`);
    await runner.query(`
      create trigger message__drop_vectors_when_sealed after update of content on threadkeep.message
        for each row when (starts_with(new.content, ':sealed:1:') and not starts_with(old.content, ':sealed:1:'))
        execute function threadkeep.drop_vectors_of_conversation()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const trigger of ['message__drop_vector', 'message__drop_vectors_when_sealed'])
      await runner.query(`drop trigger ${trigger} on threadkeep.message`);
    await runner.query(
      `drop function threadkeep.drop_vector_of_message(), threadkeep.drop_vectors_of_conversation()`,
    );
    await runner.query(
      `drop table threadkeep.message_embedding, threadkeep.message_embedding_head`,
    );
  }
}
