import { describe, expect, it } from '@jest/globals';
import type { ScopedDatabase } from '../../platform/database/index.js';
import type { Quotas } from '../../platform/quotas/index.js';
import { ConversationErrors } from '../conversations.errors.js';
import type { ConversationsRepository } from '../conversations.repository.js';
import { ConversationNames } from './conversation-names.js';

const ID = '01a221e5-5edb-71ce-9002-b5461cbe7e22';
const MISSING = { createIfMissing: false, notFound: () => ConversationErrors.notFound() };

/** Gives names over conversations with these keys, and counts the look-ups. */
function namesOver(keys: Record<string, string>) {
  const asked: unknown[] = [];
  const conversations = {
    findExisting: (named: { keys: string[] }) => {
      asked.push(named);
      const found = named.keys
        .filter((key) => key in keys)
        .map((key) => [key, keys[key]!] as const);
      return Promise.resolve({ ids: new Set<string>(), idByKey: new Map(found) });
    },
  } as unknown as ConversationsRepository;
  const nothing = {} as ScopedDatabase & Quotas;
  return { asked, names: new ConversationNames(conversations, nothing, nothing) };
}

describe('names of conversations', () => {
  it('cost no look-up where there are ids, or none', async () => {
    const { asked, names } = namesOver({});
    const bodies = [{ conversationId: ID }, { conversationId: null }, {}];
    expect(await names.inBodies(bodies, MISSING, async (same) => same)).toEqual(bodies);
    expect(await names.withId(ID, MISSING, async (id) => id)).toBe(ID);
    expect(asked).toEqual([]);
  });

  it('cost one look-up for any number of keys', async () => {
    const { asked, names } = namesOver({ a: ID });
    const bodies = ['key:a', ID, 'key:a'].map((conversationId) => ({ conversationId }));
    const written = await names.inBodies(bodies, MISSING, async (named) => named);
    expect(written.map(({ conversationId }) => conversationId)).toEqual([ID, ID, ID]);
    expect(asked).toEqual([{ ids: [], keys: ['a'] }]);
  });

  it('are refused at the first that nobody has', async () => {
    const { names } = namesOver({ a: ID });
    const bodies = ['key:a', 'key:b', 'key:c'].map((conversationId) => ({ conversationId }));
    const places: number[] = [];
    const notFound = (place: number) => {
      places.push(place);
      return ConversationErrors.notFound();
    };
    const write = async () => expect('written').toBe('refused');
    await expect(
      names.inBodies(bodies, { createIfMissing: false, notFound }, write),
    ).rejects.toMatchObject({ code: 'conversation.not_found' });
    expect(places).toEqual([1]);
  });
});
