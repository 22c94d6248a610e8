-- Takes out what earlier measurements added.
delete from threadkeep.message where created_at > current_setting('bench.seeded_at')::timestamptz;
update threadkeep.conversation c
   set updated_at = created_at, last_seq = (select max(seq) from threadkeep.message m where m.user_id = c.user_id and m.conversation_id = c.id)
 where updated_at > current_setting('bench.seeded_at')::timestamptz;
truncate threadkeep.context_manifest;
delete from threadkeep.memory where recorded_at > current_setting('bench.seeded_at')::timestamptz;
update threadkeep.memory_head h set revision = (select max(revision) from threadkeep.memory m where m.user_id = h.user_id), purged = purged + 1
 where moment > current_setting('bench.seeded_at')::timestamptz;
