// assistant-ui as it is published keeps its threads in conversations.
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

type Shown = [string, string][];
interface Repository {
  headId: string;
  messages: { parentId: string | null; message: { id: string } }[];
}
interface Seen {
  written: Repository;
  read: Repository;
  before: Shown;
  after: Shown;
  titles: string[];
  archived: string[];
  other: string;
  left: object[];
}

const byId = ({ headId, messages }: Repository) => ({
  headId,
  messages: messages.toSorted((a, b) => (a.message.id < b.message.id ? -1 : 1)),
});

it('threads of assistant-ui go on in another page, with all branches, calls and titles', async () => {
  const program = join(import.meta.dirname, 'threads.mjs');
  const seen = await runProgram<Seen>(program, { BASE_URL: url, API_KEY: api.serviceKey });
  expect(seen.before).toEqual([
    ['user', 'Hello again'],
    ['assistant', 'You said: Hello again'],
    ['user', 'More'],
    ['assistant', 'You said: More'],
  ]);
  expect(seen.after).toEqual(seen.before);
  expect(seen.written.messages).toHaveLength(6);
  expect(byId(seen.read)).toEqual(byId(seen.written));
  expect(seen.titles).toEqual(['Another', 'Hello']);
  expect(seen.archived).toEqual([seen.other]);
  expect(seen.left).toEqual([{ title: 'Renamed', status: 'active', lastSeq: 6 }]);
});
