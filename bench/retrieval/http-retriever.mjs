// A retriever for an evaluator of conversational memory: asks a running Threadkeep, through its HTTP API only.
// An evaluator calls create(options), index(conversation) -> handle, search(handle, question, k) -> ids of turns, best first.
import { setTimeout as pause } from 'node:timers/promises';

/** Memories of one call, and the answers 429 and 503 that are waited out. */
const BATCH = 1_000;
const TRIES = 100;
const ASKS_AGAIN_AFTER = 6_000;
const LONGEST_WAIT = 30 * 60 * 1_000;

/**
 * @param options.url, options.key of the server
 * @param options.store `messages`: a conversation is imported as one; `memories`: each turn is told as an episode
 * @param options.embeds whether to wait until every memory or message has its vector
 */
export async function create({ url, key, store = 'messages', embeds = false }) {
  const run = Date.now().toString(36);
  const stores = { messages: storeMessages, memories: storeMemories };
  if (!(store in stores)) throw new Error(`--store is one of ${Object.keys(stores).join(', ')}`);
  return {
    name: `threadkeep over HTTP, ${store}${embeds ? ' with vectors' : ''}`,
    async index(conversation) {
      // A user for each conversation, made by the first request.
      const ask = asking(url, key, `evaluation-${run}-${conversation.conversation}`);
      await stores[store](ask, conversation);
      if (embeds) await untilEmbedded[store](ask);
      return { ask };
    },
    async search({ ask }, question, k) {
      const { data } = await ask('POST', '/v1/memories/search', {
        query: question,
        limit: k,
        in: [store],
      });
      return data.map(({ message, memory }) => (message ?? memory).metadata.turnId);
    },
  };
}

const textOf = ({ text, caption }) => text + (caption ? ` [shares ${caption}]` : '');
const metadataOf = ({ id, speaker }) => ({ speaker, turnId: id });

async function storeMessages(ask, { conversation, speakers, turns }) {
  const messages = turns.map((turn) => ({
    role: turn.speaker === speakers[0] ? 'user' : 'assistant',
    content: textOf(turn),
    createdAt: turn.date,
    metadata: metadataOf(turn),
  }));
  await ask('POST', '/v1/conversations/import', {
    importKey: conversation,
    title: conversation,
    messages,
  });
}

async function storeMemories(ask, { turns }) {
  const memories = turns.map((turn) => ({
    kind: 'episode',
    content: textOf(turn),
    validFrom: turn.date,
    metadata: metadataOf(turn),
  }));
  for (let from = 0; from < memories.length; from += BATCH)
    await ask('POST', '/v1/memories', { memories: memories.slice(from, from + BATCH) });
}

const untilEmbedded = {
  async memories(ask) {
    await until(async () => (await ask('GET', '/v1/memories/stats')).pending === 0);
  },
  /** A search has the vectors made that are missing, by a job, and asks again after some seconds. */
  async messages(ask) {
    await until(async () => {
      await ask('POST', '/v1/memories/search', { query: 'anything', in: ['messages'] });
      await pause(ASKS_AGAIN_AFTER);
      const { data } = await ask('GET', '/v1/jobs?filter[name]=message.embed');
      return data.every(({ status }) => status === 'completed');
    });
  },
};

async function until(isDone) {
  const limit = Date.now() + LONGEST_WAIT;
  while (!(await isDone())) {
    if (Date.now() > limit) throw new Error('some texts still have no vector');
    await pause(500);
  }
}

const asking = (url, key, user) => async (method, path, body) => {
  const headers = {
    Authorization: `Bearer ${key}`,
    'Threadkeep-User': encodeURIComponent(user),
    ...(body && { 'Content-Type': 'application/json' }),
  };
  for (let tried = 1; ; tried++) {
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    if (![429, 503].includes(response.status) || tried === TRIES)
      throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 1_000)}`);
    await pause(1_000 * (Number(response.headers.get('retry-after')) || 0.2));
  }
};
