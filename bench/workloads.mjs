// The operations that are measured, and how each server is asked for them.
import { randomFrom } from './world.mjs';

const oneOf = (random, count) => Math.floor(random() * count);

function turnOf(world, random, count) {
  const roles = ['user', 'assistant'];
  return Array.from({ length: count }, (_, i) => world.messages[roles[i % 2]][oneOf(random, 512)]);
}

const append = (count) => (world, random) => {
  const n = oneOf(random, world.users.length);
  return {
    user: world.users[n],
    conversation: world.activeConversations[n],
    messages: turnOf(world, random, count(random)),
  };
};

/** A context of 4,000 tokens. With a question that is new each time, no answer was cached. */
const context = (conversationOf, isNew) => ({
  operation: 'context',
  draw: (world, random) => ({
    ...conversationOf(world, random),
    budget: 4_000,
    question: isNew ? `,"query":"question ${oneOf(random, 2 ** 40)}"` : '',
  }),
  holds: ({ messages, tokens }) => messages.length > 20 && tokens <= 4_000,
});

const MEMORIES_IN_CONTEXT = 5;

/** The same with the memories that a word finds. */
const contextWithMemories = (conversationOf) => {
  const plain = context(conversationOf, false);
  return {
    ...plain,
    draw: (world, random) => {
      const word = world.word(random);
      const asked = `"${word} ${oneOf(random, 2 ** 40)}"`;
      return {
        ...plain.draw(world, random),
        word,
        question: `,"query":${asked},"memories":{"limit":${MEMORIES_IN_CONTEXT}}`,
      };
    },
  };
};

const anyActive = (world, random) => {
  const n = oneOf(random, world.users.length);
  return { user: world.users[n], conversation: world.activeConversations[n] };
};
const long = (length) => (world) => ({
  user: world.users[0],
  conversation: world.longConversations[length],
});

let told = 0;
/** A new one each time: the same again would be another piece of work. */
const memory = (world, random) => ({
  user: world.users[oneOf(random, world.users.length)],
  text: `${world.texts[oneOf(random, 512)]} ${(told++).toString(36)}`,
});
const search = (userOf) => ({
  operation: 'search',
  draw: (world, random) => ({ user: userOf(world, random), query: world.word(random), limit: 10 }),
  holds: ({ data }) => Array.isArray(data),
});
const known = (count) => (world) => world.memoryUsers[count];

/** `draw` picks the inputs; `rows` is how many rows the answer must have, or `holds` what must be true of it. */
export const WORKLOADS = {
  W1: { title: 'append one', operation: 'append', draw: append(() => 1), rows: () => 1 },
  W2: {
    title: 'append 2-10',
    operation: 'append',
    draw: append((random) => 2 + oneOf(random, 9)),
    rows: ({ messages }) => messages.length,
  },
  W3a: {
    title: 'latest 20',
    operation: 'latest',
    draw: (world, random) => {
      const n = oneOf(random, world.users.length);
      return { user: world.users[n], conversation: world.activeConversations[n], limit: 20 };
    },
    rows: () => 20,
  },
  W3L: {
    title: 'latest 20 of 10,000',
    operation: 'latest',
    draw: (world) => ({
      user: world.users[0],
      conversation: world.longConversations[10_000],
      limit: 20,
    }),
    rows: () => 20,
  },
  W4a: {
    title: 'list of 20, 10 a page',
    operation: 'list',
    draw: (world, random) => ({ user: world.users[oneOf(random, world.users.length)], limit: 10 }),
    rows: () => 10,
  },
  W5a: { title: 'context', ...context(anyActive, true) },
  W5k: { title: 'context of 1,000', ...context(long(1_000), true) },
  W5L: { title: 'context of 100,000', ...context(long(100_000), true) },
  W5m: { title: 'context with 5 memories', ...contextWithMemories(anyActive) },
  W5c: { title: 'context of 1,000, cached', ...context(long(1_000), false) },
  W6p: {
    title: 'memory put',
    operation: 'remember',
    draw: memory,
    holds: ({ id }) => typeof id === 'string',
  },
  W6g: {
    title: 'memory get',
    operation: 'recall',
    draw: (world, random) => {
      const user = world.users[oneOf(random, world.users.length)];
      return { user, id: world.memoryOf(user, oneOf(random, 80)) };
    },
    holds: ({ id }) => typeof id === 'string',
  },
  W7s: {
    title: 'search of 80, any user',
    ...search((world, random) => world.users[oneOf(random, world.users.length)]),
  },
  W7o: { title: 'search of 80, one user', ...search((world) => world.users[0]) },
  W7a: { title: 'search of 100', ...search(known(100)) },
  W7b: { title: 'search of 1,000', ...search(known(1_000)) },
  W7c: { title: 'search of 10,000', ...search(known(10_000)) },
  W7w: {
    title: 'search of 10,000 right after a write',
    operation: 'searchAfterWrite',
    draw: (world, random) => ({
      user: world.memoryUsers[10_000],
      query: world.word(random),
      limit: 10,
      text: `${world.texts[oneOf(random, 512)]} ${(told++).toString(36)}`,
      writes: random() < 0.1,
    }),
    holds: (answer) => Array.isArray(answer.data) || typeof answer.id === 'string',
  },
  W4L: {
    title: 'list of 5,000, 20 a page',
    operation: 'list',
    draw: (world) => ({ user: world.busyUser, limit: 20 }),
    rows: () => 20,
  },
};

/** Both get the same body: a message, or several. */
const bodyOf = ({ messages }) =>
  messages.length === 1 ? messages[0] : `{"messages":[${messages.join(',')}]}`;

/** How to ask the bare server. */
export const BARE_API = {
  append: (input) => ({
    path: `/conversations/${input.conversation}/messages`,
    headers: '',
    body: bodyOf(input),
  }),
  latest: ({ conversation, limit }) => ({
    path: `/conversations/${conversation}/messages?limit=${limit}`,
    headers: '',
  }),
  list: ({ user, limit }) => ({ path: `/users/${user}/conversations?limit=${limit}`, headers: '' }),
  remember: ({ user, text }) => ({
    path: `/users/${user}/memories`,
    headers: '',
    body: `{"content":"${text}"}`,
  }),
  recall: ({ user, id }) => ({ path: `/users/${user}/memories/${id}`, headers: '' }),
  search: ({ user, query, limit }) => ({
    path: `/users/${user}/memories?q=${query}&limit=${limit}`,
    headers: '',
  }),
  searchAfterWrite: (input) => (input.writes ? BARE_API.remember(input) : BARE_API.search(input)),
  context: ({ user, conversation, budget, word }) => ({
    path: `/conversations/${conversation}/context?tokens=${budget}${
      word === undefined ? '' : `&user=${user}&q=${word}&memories=${MEMORIES_IN_CONTEXT}`
    }`,
    headers: '',
  }),
};

/** How to ask Threadkeep, with a service key that acts for the user. */
export function threadkeepApi(key) {
  const acting = (user) => `authorization: Bearer ${key}\r\nthreadkeep-user: ${user}\r\n`;
  const api = {
    remember: ({ user, text }) => ({
      path: '/v1/memories',
      headers: acting(user),
      body: `{"content":"${text}"}`,
    }),
    recall: ({ user, id }) => ({ path: `/v1/memories/${id}`, headers: acting(user) }),
    search: ({ user, query, limit }) => ({
      path: `/v1/memories/search?q=${query}&limit=${limit}`,
      headers: acting(user),
    }),
    searchAfterWrite: (input) => (input.writes ? api.remember(input) : api.search(input)),
    append: (input) => ({
      path: `/v1/conversations/${input.conversation}/messages`,
      headers: acting(input.user),
      body: bodyOf(input),
    }),
    latest: ({ user, conversation, limit }) => ({
      path: `/v1/conversations/${conversation}/messages?limit=${limit}&order=desc`,
      headers: acting(user),
    }),
    list: ({ user, limit }) => ({
      path: `/v1/conversations?limit=${limit}`,
      headers: acting(user),
    }),
    context: ({ user, conversation, budget, question }) => ({
      path: `/v1/conversations/${conversation}/context`,
      headers: acting(user),
      body: `{"budgetTokens":${budget}${question}}`,
    }),
  };
  return api;
}

/** A function that gives the next request as HTTP text. The same seed gives every server the same inputs. */
export function requestsOf(workload, api, world, seed) {
  const random = randomFrom(seed);
  return () => httpText(api[workload.operation](workload.draw(world, random)));
}

export function httpText({ path, headers, body }) {
  if (body === undefined) return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}\r\n`;
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Asks once and looks at the answer: a server that refuses is fast, and must not be measured. */
export async function verify(name, server, world) {
  const workload = WORKLOADS[name];
  const input = workload.draw(world, randomFrom(99));
  const { path, headers, body } = server.api[workload.operation](input);
  const sent = Object.fromEntries(
    headers
      .split('\r\n')
      .filter(Boolean)
      .map((line) => line.split(': ')),
  );
  const request =
    body === undefined
      ? { headers: sent }
      : { method: 'POST', body, headers: { ...sent, 'content-type': 'application/json' } };
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, request);
  const text = await response.text();
  const answer = response.ok ? JSON.parse(text) : null;
  const isRight =
    answer !== null &&
    (workload.holds ? workload.holds(answer) : answer.data.length === workload.rows(input));
  if (!isRight)
    throw new Error(`${server.name} does ${name} wrong: ${response.status}: ${text.slice(0, 300)}`);
}
