// The baseline: fastify and pg by hand, one prepared statement for each operation. No authentication, no validation, no
// row-level security, no token counting: the least a server can do and still keep the messages.
import Fastify from 'fastify';
import pg from 'pg';

const APPEND_ONE = {
  name: 'append_one',
  text: `with head as (update conversations set last_seq = last_seq + 1, updated_at = now() where id = $1 returning last_seq)
         insert into messages (conversation_id, seq, role, content, tokens) select $1::uuid, last_seq, $2, $3, $4 from head
         returning id, seq, created_at`,
};
const APPEND_MANY = {
  name: 'append_many',
  text: `with head as (update conversations set last_seq = last_seq + $2::int, updated_at = now() where id = $1 returning last_seq - $2::int as base)
         insert into messages (conversation_id, seq, role, content, tokens)
         select $1::uuid, base + position, role, content, tokens
           from head, unnest($3::text[], $4::text[], $5::int[]) with ordinality as m (role, content, tokens, position)
         returning id, seq, created_at`,
};
const LATEST = {
  name: 'latest',
  text: 'select id, seq, role, content, tokens, metadata, created_at from messages where conversation_id = $1 order by seq desc limit $2',
};
const LIST = {
  name: 'list',
  text: `select id, title, status, last_seq, created_at, updated_at from conversations
          where user_id = $1 order by updated_at desc, id desc limit $2`,
};
const CONTEXT = {
  name: 'context',
  text: `select role, content, total from (
           select seq, role, content, sum(tokens) over (order by seq desc) as total
             from (select seq, role, content, tokens from messages where conversation_id = $1 order by seq desc limit 200) newest) counted
          where total <= $2 order by seq`,
};

const REMEMBER = {
  name: 'remember',
  text: `insert into memories (user_id, value, content) values ($1, '{"kind": "fact"}', $2) returning id, created_at`,
};
const RECALL = {
  name: 'recall',
  text: 'select id, value, content, created_at from memories where user_id = $1 and id = $2',
};
const SEARCH = {
  name: 'search',
  text: `select id, value, content, created_at, ts_rank(tsv, q) as score from memories, plainto_tsquery('english', $2) q
          where user_id = $1 and tsv @@ q order by score desc limit $3`,
};

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
const query = async ({ name, text }, values) => (await pool.query({ name, text, values })).rows;
const tokensOf = ({ content }) => content.length >> 2;

function append(conversationId, messages) {
  if (messages.length === 1)
    return query(APPEND_ONE, [
      conversationId,
      messages[0].role,
      messages[0].content,
      tokensOf(messages[0]),
    ]);
  const columns = [
    messages.map(({ role }) => role),
    messages.map(({ content }) => content),
    messages.map(tokensOf),
  ];
  return query(APPEND_MANY, [conversationId, messages.length, ...columns]);
}

const app = Fastify({ logger: false });
app.post('/conversations/:id/messages', async (request, reply) => {
  reply.code(201);
  return { data: await append(request.params.id, request.body.messages ?? [request.body]) };
});
app.get('/conversations/:id/messages', async (request) => ({
  data: await query(LATEST, [request.params.id, +request.query.limit]),
}));
app.get('/conversations/:id/context', async (request) => {
  const { tokens, user, q, memories } = request.query;
  const [rows, found] = await Promise.all([
    query(CONTEXT, [request.params.id, +tokens]),
    q === undefined ? [] : query(SEARCH, [user, q, +memories]),
  ]);
  return {
    messages: [
      ...found.map(({ content }) => ({ role: 'user', content })),
      ...rows.map(({ role, content }) => ({ role, content })),
    ],
    tokens: +(rows[0]?.total ?? 0),
  };
});
app.get('/users/:id/conversations', async (request) => ({
  data: await query(LIST, [request.params.id, +request.query.limit]),
}));
app.post('/users/:id/memories', async (request, reply) => {
  reply.code(201);
  return (await query(REMEMBER, [request.params.id, request.body.content]))[0];
});
app.get(
  '/users/:id/memories/:memory',
  async (request) => (await query(RECALL, [request.params.id, request.params.memory]))[0],
);
app.get('/users/:id/memories', async (request) => ({
  data: await query(SEARCH, [request.params.id, request.query.q, +request.query.limit]),
}));
app.get('/health', async () => ({ ok: true }));
await app.listen({ port: +process.env.PORT, host: '127.0.0.1' });

process.on('SIGTERM', () => process.exit(0));
