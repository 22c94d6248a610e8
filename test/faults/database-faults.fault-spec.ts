// Connections break at any call, also when the server has committed and its answer is lost: SEEDS=200 for the long form, SEED to repeat one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Appended } from '../support/api.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { atRandom, type Fault, injectFaults } from '../support/faulty-client.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';

const SEEDS = numberFromEnvironment('SEEDS', 20);
const FIRST = numberFromEnvironment('SEED', 1);
/** Of the calls of the driver; a write under a key makes seven. */
const SHARE = 0.08;
const USERS = 4;
const WRITES = 6;

interface Conversation {
  id: string;
  lastSeq: number;
}

describe('a driver that fails at any call', () => {
  let app: TestApp;
  let url: string;
  beforeAll(async () => {
    app = await createTestApp({ DB_POOL_SIZE: '4' });
    url = await app.listen();
  });
  afterAll(() => app.close());

  /** Writes under keys, which are repeated until they are answered, and as many without, which are not. */
  async function talk(user: string): Promise<{
    user: string;
    id: string;
    kept: string[];
    acknowledged: string[];
    wrong: unknown[];
  }> {
    const api = new Api(url, {
      authorization: `Bearer ${app.serviceKey}`,
      'threadkeep-user': user,
    });
    const wrong: unknown[] = [];
    const { body } = await api.insist<Conversation>('/v1/conversations', {}, `${user}-begin`);
    const path = `/v1/conversations/${body.id}/messages`;
    const names = Array.from({ length: WRITES }, (_, n) => `${user} ${n}`);
    const acknowledged: string[] = [];
    const keep = async (content: string) => {
      const { status, body: appended } = await api.insist<Appended>(
        path,
        { role: 'user', content },
        content.replaceAll(' ', '-'),
      );
      if (status !== 201 || appended.data[0]?.content !== content) wrong.push({ status, appended });
    };
    const risk = async (content: string) => {
      const { status, headers } = await api.post<Appended>(path, { role: 'user', content });
      if (status === 201) acknowledged.push(content);
      else if (status !== 503 || headers['retry-after'] === undefined) wrong.push({ status });
    };
    const look = async () => {
      const { body: page } = await api.read<Appended>(`${path}?limit=50`);
      wrong.push(...page.data.filter(({ content }) => !content.startsWith(`${user} `)));
    };
    await Promise.all(
      names.flatMap((name) => [keep(`${name} kept`), risk(`${name} risked`), look()]),
    );
    api.close();
    return { user, id: body.id, kept: names.map((name) => `${name} kept`), acknowledged, wrong };
  }

  async function run(
    seed: number,
  ): Promise<{ counts: Record<Fault, number>; problems: unknown[] }> {
    const faults = injectFaults(atRandom(new Seeded(seed), SHARE));
    const talks = await Promise.all(
      Array.from({ length: USERS }, (_, i) => talk(`seed${seed}user${i}`)),
    ).finally(faults.stop);
    const problems: unknown[] = talks.flatMap(({ wrong }) => wrong);
    for (const { user, id, kept, acknowledged } of talks) {
      const { rows } = await app.database.admin(
        'select content from threadkeep.message where conversation_id = $1',
        [id],
      );
      const stored = rows.map(({ content }) => content as string);
      if (new Set(stored).size !== stored.length) problems.push({ doubled: stored });
      problems.push(
        ...[...kept, ...acknowledged]
          .filter((content) => !stored.includes(content))
          .map((lost) => ({ lost })),
      );
      problems.push(
        ...stored
          .filter((content) => !content.startsWith(`${user} `))
          .map((foreign) => ({ foreign })),
      );
      const { rows: conversations } = await app.database.admin(
        `select last_seq::int as "lastSeq" from threadkeep.conversation c join threadkeep.app_user u on u.id = c.user_id where u.external_id = $1`,
        [user],
      );
      if (conversations.length !== 1 || conversations[0]!['lastSeq'] !== stored.length)
        problems.push({ conversations, stored: stored.length });
    }
    return { counts: faults.counts, problems };
  }

  it(
    `loses and doubles nothing, with ${SEEDS} seeds from ${FIRST}`,
    async () => {
      const total: Record<Fault, number> = { broken: 0, lost: 0, silent: 0 };
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        const { counts, problems } = await run(seed);
        expect({ seed, problems }).toEqual({ seed, problems: [] });
        for (const kind of Object.keys(total) as Fault[]) total[kind] += counts[kind];
      }
      process.stdout.write(`seeds ${FIRST} to ${FIRST + SEEDS - 1}: ${JSON.stringify(total)}\n`);
      expect(Object.values(total).filter((count) => count < SEEDS)).toEqual([]);
    },
    300_000 + SEEDS * 15_000,
  );
});
