-- As a superuser with session_replication_role = replica: no policies, and no foreign key is looked up a million times.
insert into threadkeep.app_user (id) select id from world_user;
insert into threadkeep.conversation (user_id, id, title, last_seq, created_at, updated_at)
  select user_id, id, title, last_seq, at, at from world_conversation;
insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content)
  select user_id, conversation_id, id, created_at, seq, tokens, false, role, content from world_message order by place, id;
reindex table threadkeep.app_user;
reindex table threadkeep.conversation;
