// Walks a list from its first page to its last, as a client does: by the Link header, which must agree with the cursor.
import { expect } from '@jest/globals';
import type { Response } from 'supertest';
import type { Caller } from './app.js';

export type Item = Record<string, unknown> & { id: string };

/** The items of every page. At most 100 pages. */
export async function everyPage(caller: Caller, path: string): Promise<Item[][]> {
  const pages: Item[][] = [];
  for (let next: string | null = path; next !== null;) {
    const { body, headers }: Response = await caller.get(next).expect(200);
    pages.push(body.data as Item[]);
    next = /^<(.+)>; rel="next"$/.exec(headers['link'] ?? '')?.[1] ?? null;
    const cursor = next && new URL(next, 'http://host').searchParams.get('cursor');
    expect(body.nextCursor).toBe(cursor);
    if (pages.length > 100) throw new Error(`${path} has no end`);
  }
  return pages;
}

export const idsOf = (items: { id: string }[]): string[] => items.map(({ id }) => id);
