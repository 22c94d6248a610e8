-- Takes out what earlier measurements added.
delete from messages where created_at > current_setting('bench.seeded_at')::timestamptz;
update conversations c set updated_at = created_at, last_seq = (select max(seq) from messages m where m.conversation_id = c.id)
 where updated_at > current_setting('bench.seeded_at')::timestamptz;
delete from memories where created_at > current_setting('bench.seeded_at')::timestamptz;
