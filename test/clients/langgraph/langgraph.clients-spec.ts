// LangGraph as it is published keeps its checkpoints and items in a service.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { runProgram } from '../program.js';

let api: TestApp;
let environment: Record<string, string>;
beforeAll(async () => {
  api = await createTestApp();
  environment = { SERVICE_URL: await api.listen(), API_KEY: api.serviceKey };
});
afterAll(() => api.close());

const fileOf = (name: string): string => join(import.meta.dirname, name);

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  errors: string[];
}

it('all tests that LangGraph publishes for checkpointers pass, and none is left out', async () => {
  const { passed, ...others } = await runProgram<Counts>(fileOf('validate.mjs'), environment);
  expect(others).toEqual({ failed: 0, skipped: 0, errors: [] });
  expect(passed).toBeGreaterThan(700);
});

it('graphs go on where they stopped, from any checkpoint, and after a failure', async () => {
  const seen = await runProgram<object>(fileOf('graph.mjs'), environment);
  expect(seen).toEqual({
    resumed: ['To Oslo', 'By train?', 'Yes', 'Booked: To Oslo'],
    forked: { endings: ['Yes', 'No'], ends: expect.arrayContaining(['Yes', 'No']) },
    failed: {
      calls: ['Ada', 'Bob', 'Bob', 'Cy'],
      greetings: ['Hello Ada', 'Hello Bob', 'Hello Cy'],
    },
    inner: ['Hi', 'Ada', 'Hello Ada'],
    pruned: { kept: 5, messages: 16, pruned: 1, after: 16, deleted: null },
    paged: { all: 32, some: 25 },
  });
});

it('a store does what the store of LangGraph does, and keeps it', async () => {
  const seen = await runProgram<object>(fileOf('store.mjs'), environment);
  expect(seen).toEqual({
    found: [
      ['tea', true],
      ['hidden', false],
    ],
    expires: true,
  });
});
