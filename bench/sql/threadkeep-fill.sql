-- As a superuser with session_replication_role = replica: no policies, and no foreign key is looked up a million times.
insert into threadkeep.app_user (id) select id from world_user;
insert into threadkeep.conversation (user_id, id, title, last_seq, created_at, updated_at)
  select user_id, id, title, last_seq, at, at from world_conversation;
insert into threadkeep.message (user_id, conversation_id, id, created_at, seq, token_count, content_is_json, role, content)
  select user_id, conversation_id, id, created_at, seq, tokens, false, role, content from world_message order by place, id;
reindex table threadkeep.app_user;
reindex table threadkeep.conversation;
insert into threadkeep.memory_head (user_id, moment, revision, purged, embedded, embedded_to) select user_id, max(at), max(n) + 1, 0, 0, 0 from world_memory group by user_id;
insert into threadkeep.memory (user_id, id, recorded_at, created_at, importance, version, revision, strength, has_sources, action, kind, actor, content, tags)
  select user_id, id, at, at, 0.5, 1, n + 1, 1, false, 'create', 'fact', 'bench', content, '{}' from world_memory;
reindex table threadkeep.memory_head;
reindex table threadkeep.memory;
