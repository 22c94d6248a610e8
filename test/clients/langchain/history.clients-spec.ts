// LangChain as it is published keeps the histories of its chains in conversations.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { runProgram } from '../program.js';

let api: TestApp;
let url: string;
beforeAll(async () => {
  api = await createTestApp();
  url = await api.listen();
});
afterAll(() => api.close());

interface Seen {
  all: string[];
  chain: { sent: [string, string][][]; streamed: string; kept: string[] };
}

it('a chat history of LangChain gives messages back as they were, and loses none when it is cleared', async () => {
  const program = join(import.meta.dirname, 'history.mjs');
  const environment = { BASE_URL: url, API_KEY: api.serviceKey };
  const { all, chain } = await runProgram<Seen>(program, environment);
  expect(all.toSorted()).toEqual(['One', 'Three', 'Two']);
  expect(chain.kept).toEqual(['I am Ada', 'Hello Ada', 'Who am I?', 'You are Ada']);
  expect(chain.streamed).toBe('You are Ada');
  expect(chain.sent[1]).toEqual([
    ['system', 'Be brief.'],
    ['human', 'I am Ada'],
    ['ai', 'Hello Ada'],
    ['human', 'Who am I?'],
  ]);
  const context = await api
    .actingFor('ada')
    .post('/v1/conversations/key:kept/context', { format: 'anthropic' })
    .expect(200);
  expect(JSON.stringify(context.body.messages)).toContain('It is a dot.');
});
