-- What one writes by hand: no owner on a message, no foreign keys, no policies, one index for each query.
create extension if not exists btree_gin;
create table conversations (
  id         uuid        not null,
  user_id    uuid        not null,
  title      text,
  status     text        not null default 'active',
  metadata   jsonb,
  last_seq   integer     not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table memories (
  id         uuid        not null default gen_random_uuid(),
  user_id    uuid        not null,
  value      jsonb       not null,
  content    text        not null,
  tsv        tsvector    generated always as (to_tsvector('english', content)) stored,
  created_at timestamptz not null default now()
);
create table messages (
  conversation_id uuid        not null,
  seq             integer     not null,
  id              uuid        not null default gen_random_uuid(),
  role            text        not null,
  content         text        not null,
  tokens          integer     not null,
  metadata        jsonb,
  created_at      timestamptz not null default now()
);
