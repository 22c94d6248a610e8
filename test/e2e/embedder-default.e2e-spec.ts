// A service with no setting for its embedder: the local model, once it is loaded.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, createTestApp, type TestApp } from '../support/app.js';
import { contentsOf, search } from '../support/memories.js';
import { eventually } from '../support/wait.js';

/** Facts, and a question for each that shares no word with it. */
const FACTS: [fact: string, question: string][] = [
  ['Works as a nurse on night shifts', 'What is her job?'],
  ['Is vegetarian', 'What should we cook for dinner?'],
  ['Lives in Lisbon', 'Which city is home?'],
  ['Has a daughter called Mia, who is four', 'Does she have children?'],
  ['Plays the cello in an orchestra', 'Which musical instrument can she play?'],
  ['Drives an old Volvo', 'What car does she own?'],
  ['Is afraid of heights', 'Any phobias?'],
  ['Grew up on a farm near Graz', 'Where did she spend her childhood?'],
  ['Takes pills against high blood pressure', 'What medication is used?'],
  ['Runs half marathons in spring', 'What sports does she do?'],
  ['Speaks Portuguese and German', 'Which languages?'],
  ['Sister is getting married in June', 'Is there a wedding soon?'],
];

describe('a service that is not told which embedder to use', () => {
  let served: TestApp;
  let ada: Caller;
  beforeAll(async () => {
    served = await createTestApp({ EMBEDDER: '', JOB_CONCURRENCY: '2' });
    ada = served.actingFor('ada');
  });
  afterAll(() => served.close());

  const embedder = async () =>
    (await served.anonymous.get('/health/ready').expect(200)).body.details.embedder as object;
  const missed = async (): Promise<string[]> => {
    const questions: string[] = [];
    for (const [fact, question] of FACTS)
      if (!contentsOf(await search(ada, question, { limit: 3 })).includes(fact))
        questions.push(question);
    return questions;
  };

  it('finds by words at once, and by meaning without any setting', async () => {
    await ada.post('/v1/memories', { memories: FACTS.map(([content]) => ({ content })) });
    expect((await search(ada, 'Volvo'))[0]).toMatchObject({
      memory: { content: 'Drives an old Volvo' },
      matchedBy: 'lexical',
    });
    await eventually(async () => (await ada.get('/v1/memories/stats')).body.pending === 0, 60_000);
    const questions = await missed();
    expect([questions, questions.length <= 1]).toEqual([questions, true]);
    const [hit] = await search(ada, 'What is her job?');
    expect(hit).toMatchObject({
      memory: { content: 'Works as a nurse on night shifts' },
      matchedBy: 'vector',
    });
  });

  it('says in its health and its stats which model it uses', async () => {
    expect(await embedder()).toEqual({
      status: 'up',
      model: 'local:minilm-l6-v2',
      engine: 'wasm',
    });
    expect((await ada.get('/v1/memories/stats')).body).toMatchObject({
      model: 'local:minilm-l6-v2',
      embedded: 12,
    });
  });
});

describe('a service with EMBEDDER=none', () => {
  it('says in its health that it has no model', async () => {
    const served = await createTestApp();
    const { body } = await served.anonymous.get('/health/ready').expect(200);
    expect(body.details.embedder).toEqual({ status: 'up', model: null });
    await served.close();
  });
});
