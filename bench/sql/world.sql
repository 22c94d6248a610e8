-- The world both servers keep, as temporary views: the same users, conversations, messages and ids in both databases.
-- bench.users is the number of ordinary users: each has one conversation of 62 messages and 19 of two, 100 messages in all.
-- One user more has 5,000 empty conversations, and user 0 has three long ones, of 1,000, 10,000 and 100,000 messages.
-- The table world_text (n from 0 to 4999, content) is filled before.
create function pg_temp.id_of(kind text, n bigint) returns uuid language sql immutable as
  $$ select md5(kind || ':' || n)::uuid $$;

create function pg_temp.started_at(hours bigint) returns timestamptz language sql immutable as
  $$ select timestamptz '2026-01-01 00:00:00+00' + hours * interval '1 hour' $$;

create temporary view ordinary_conversation as
  select u, c, u * 20 + c as n, case when c = 0 then 62 else 2 end as last_seq, pg_temp.started_at(20 - c) as at
    from generate_series(0, current_setting('bench.users')::bigint - 1) u, generate_series(0::bigint, 19) c;

create temporary view long_conversation as
  select length as n, length as last_seq, pg_temp.started_at(-8760) as at from (values (1000::bigint), (10000), (100000)) long (length);

create temporary view world_user as
  select pg_temp.id_of('user', u) as id from generate_series(0, current_setting('bench.users')::bigint - 1) u
  union all select pg_temp.id_of('memory user', n) from (values (100::bigint), (1000), (10000)) remembering (n)
  union all select pg_temp.id_of('busy user', 0);

create temporary view world_conversation as
  select pg_temp.id_of('user', u) as user_id, pg_temp.id_of('conversation', n) as id, 'conversation ' || c as title, last_seq, at
    from ordinary_conversation
  union all
  select pg_temp.id_of('user', 0), pg_temp.id_of('long conversation', n), 'a long one', last_seq::integer, at from long_conversation
  union all
  select pg_temp.id_of('busy user', 0), pg_temp.id_of('busy conversation', c), 'one of many ' || c, 0, pg_temp.started_at(-8760) + c * interval '1 minute'
    from generate_series(1::bigint, 5000) c;

-- `place` is the order on disk: the messages of one conversation lie far apart, as they do when many people talk at once.
-- The long ones come last, each in one piece.
create temporary view world_message as
  with numbered as (
    select pg_temp.id_of('user', u) as user_id, pg_temp.id_of('conversation', n) as conversation_id, seq, at,
           mod(u * 131 + c * 17 + seq * 7, 5000) as text, seq::bigint as place
      from ordinary_conversation, generate_series(1, last_seq) seq
    union all
    select pg_temp.id_of('user', 0), pg_temp.id_of('long conversation', n), seq::integer, at, mod(seq * 7, 5000), n * 1000000 + seq
      from long_conversation, generate_series(1, last_seq) seq
  )
  select user_id, conversation_id, md5(conversation_id::text || seq)::uuid as id, seq,
         case when seq % 2 = 1 then 'user' else 'assistant' end as role, content, char_length(content) / 4 as tokens,
         at + seq * interval '1 second' as created_at, place
    from numbered join world_text on world_text.n = text;

-- 80 memories of each ordinary user, far apart on disk, and users with 100, 1,000 and 10,000.
create temporary view world_memory as
  with numbered as (
    select pg_temp.id_of('user', u) as user_id, m, mod(u * 977 + m * 13, 5000) as text, u
      from generate_series(0, current_setting('bench.users')::bigint - 1) u, generate_series(0, 79) m
    union all
    select pg_temp.id_of('memory user', n), m, mod(n * 977 + m * 13, 5000), n from (values (100::bigint), (1000), (10000)) remembering (n), generate_series(0, n - 1) m
  )
  select user_id, md5(user_id::text || m)::uuid as id, m::integer as n, left(content, 60 + mod(m * 37, 140)::integer) || ' ' || m as content,
         pg_temp.started_at(-9000) + m * interval '1 second' as at
    from numbered join world_text on world_text.n = text order by m, u;
