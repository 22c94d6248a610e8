insert into conversations (id, user_id, title, last_seq, created_at, updated_at)
  select id, user_id, title, last_seq, at, at from world_conversation;
insert into messages (conversation_id, seq, id, role, content, tokens, created_at)
  select conversation_id, seq, id, role, content, tokens, created_at from world_message order by place, id;
alter table conversations add primary key (id);
create index on conversations (user_id, updated_at desc, id desc);
alter table messages add primary key (conversation_id, seq);
insert into memories (id, user_id, value, content, created_at) select id, user_id, '{"kind": "fact"}', content, at from world_memory;
alter table memories add primary key (id);
-- Without a list of pending entries, which every search would read to its end.
create index on memories using gin (user_id, tsv) with (fastupdate = off);
