// The types of the TypeScript client are those of the API.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../../support/app.js';
import { apiTypes, TYPES_FILE } from './api-types.js';

let api: TestApp;
beforeAll(async () => {
  api = await createTestApp();
});
afterAll(() => api.close());

describe('the types of the TypeScript client', () => {
  it('are those of the API document: `npm run client:types` writes them', async () => {
    const { text } = await api.anonymous.get('/openapi.json').expect(200);
    expect(await apiTypes(text)).toBe(await readFile(TYPES_FILE, 'utf8'));
  });
});
