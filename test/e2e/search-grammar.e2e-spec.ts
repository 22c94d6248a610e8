// Phrases, alternatives, words to leave out and beginnings of words find the same texts, whether they
// are memories or messages.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GRAMMAR_SEARCHES, GRAMMAR_TEXTS } from '../fixtures/grammar-searches.js';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { contentsOf, search } from '../support/memories.js';

let app: TestApp;
let [ada, bob]: Caller[] = [];
beforeAll(async () => {
  app = await createTestApp();
  [ada, bob] = [app.actingFor('ada'), app.actingFor('bob')];
  const memories = GRAMMAR_TEXTS.map((content) => ({ content }));
  await ada.post('/v1/memories', { memories }).expect(201);
  const { id } = (await ada.post('/v1/conversations').expect(201)).body;
  const messages = GRAMMAR_TEXTS.map((content) => ({ role: 'user', content }));
  await ada.post(`/v1/conversations/${id}/messages`, { messages }).expect(201);
});
afterAll(() => app.close());

const numbersOf = (contents: string[]): number[] =>
  contents.map((content) => GRAMMAR_TEXTS.indexOf(content)).sort((a, b) => a - b);
const ALL = { match: 'all', limit: 100 };

async function messagesFor(question: string, prefix: boolean, as = ada!): Promise<number[]> {
  const path = `/v1/messages/search?q=${encodeURIComponent(question)}&prefix=${prefix}&limit=100`;
  const { data } = (await as.get(path).expect(200)).body;
  return numbersOf(data.map(({ message }: { message: { content: string } }) => message.content));
}

describe('the grammar of searches', () => {
  it.each(GRAMMAR_SEARCHES)(
    'finds the same memories and messages: $question',
    async ({ question, prefix = false, found }) => {
      const expected = [...found].sort((a, b) => a - b);
      const asked = { ...ALL, prefix };
      expect({
        messages: await messagesFor(question, prefix),
        memories: numbersOf(contentsOf(await search(ada!, question, asked))),
        messagesByMemorySearch: numbersOf(
          contentsOf(await search(ada!, question, { ...asked, in: 'messages' })),
        ),
      }).toEqual({ messages: expected, memories: expected, messagesByMemorySearch: expected });
      expect(await messagesFor(question, prefix, bob)).toEqual([]);
      expect(await search(bob!, question, asked)).toEqual([]);
    },
  );

  it.each([
    ['red "cats sleep" sofa', [0]],
    ['red -cats', [3]],
    ['red cats', [0, 1, 2, 3]],
    ['"red cats" or hat', [0, 2, 3]],
    ['what does "red" mean -hat', [0, 1]],
    ['Where do "red cats" sleep?', [0, 1, 2, 3]],
    ['Where do "red cats" sleep? -hat', [0]],
    ['Do "red cats" -sofa sleep?', [1, 2, 3]],
  ])('where words only rank, phrases and words to leave out hold too: %s', async (q, found) => {
    expect(numbersOf(contentsOf(await search(ada!, q, { limit: 100 })))).toEqual(found);
  });
});
