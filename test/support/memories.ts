// Types and helpers for tests of memory search.
import type { Caller } from './app.js';

export interface Hit {
  memory?: { id: string; content: string };
  message?: { content: string; seq: number };
  score: number;
  matchedBy: string;
  parts?: Record<string, number>;
  before?: { content: string }[];
  after?: { content: string }[];
}

export const search = async (who: Caller, query: string, more: object = {}): Promise<Hit[]> =>
  (await who.post('/v1/memories/search', { query, ...more }).expect(200)).body.data as Hit[];
export const contentsOf = (hits: Hit[]): string[] =>
  hits.map(({ memory, message }) => (memory ?? message)!.content);
export const remember = async (who: Caller, content: string, more: object = {}) =>
  (await who.post('/v1/memories', { content, ...more })).body as { id: string; revision: number };
