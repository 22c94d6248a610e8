// The README's tour, pasted as it stands into the shells that people have.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { callsOf, paste, SHELLS, tourOfReadme } from '../support/tour.js';

const key = `tk_${randomBytes(32).toString('base64url')}`;
const block = tourOfReadme();

interface Answers {
  data?: unknown[];
  messages?: { content: string }[];
  content?: string;
  version?: number;
}

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])(
  "the README's tour in %s",
  (shell) => {
    let database: TestDatabase;
    let server: Started;
    let url: string;
    beforeAll(async () => {
      database = await createTestDatabase();
      server = Started.run({ DATABASE_URL: database.adminUrl, BOOTSTRAP_API_KEY: key });
      url = await server.url();
    });
    afterAll(async () => {
      await server.kill('SIGTERM');
      await database.drop();
    });

    it('answers every call, and none with a problem', async () => {
      const { lines, complaints } = await paste(shell, block, { API: url, KEY: key });
      const stored = callsOf(block).filter((line) => !line.startsWith('ask ')).length;
      expect(complaints).not.toMatch(/not found|no matches|error|bad /i);
      expect(lines).toHaveLength(callsOf(block).length - stored);
      const answers = lines.map((line) => JSON.parse(line) as Answers);
      for (const answer of answers) expect(answer).not.toHaveProperty('status', expect.any(Number));
      const [appended, turn, again, page, found, context, changed, hits, history, recalled] =
        answers;
      expect(appended?.data).toHaveLength(2);
      expect(again).toEqual(turn);
      expect(page?.data).toHaveLength(1);
      expect(found?.data).toHaveLength(1);
      expect(context?.messages).toHaveLength(3);
      expect(changed).toMatchObject({ content: 'Is allergic to peanuts and shrimp', version: 2 });
      expect(hits?.data).toHaveLength(1);
      expect(history?.data).toHaveLength(2);
      expect(JSON.stringify(recalled?.messages)).toContain('Is allergic to peanuts and shrimp');
    });
  },
);
