// Twenty writers who never give up, while the process is killed and PostgreSQL crashes: what was acknowledged is there, once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Appended, type Answer } from '../support/api.js';
import { withClient } from '../support/database.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';
import { inParallel } from '../support/wire.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const SECONDS = numberFromEnvironment('SECONDS', 20);
/** Acknowledged writes below which nothing has been shown. */
const ENOUGH = 100;
const WRITERS = 20;
const CONVERSATIONS = 5;

interface Row {
  conversation_id: string;
  id: string;
  seq: number;
  content: string;
}

interface Acknowledged {
  path: string;
  body: object;
  answer: Answer<Appended>;
}

describe('writes under an Idempotency-Key, in a storm', () => {
  let storm: Storm;
  beforeAll(async () => {
    storm = await Storm.start();
  });
  afterAll(() => storm?.stop());

  it(
    'are lost never, doubled never, replayed as they were, and numbered without gaps',
    async () => {
      console.log(`SEED=${SEED}`);
      const api = new Api(storm.url, storm.headers('ada'), WRITERS);
      const conversations: string[] = [];
      for (let i = 0; i < CONVERSATIONS; i++)
        conversations.push(
          (await api.insist<{ id: string }>('/v1/conversations', {}, `conversation-${i}`)).body.id,
        );
      const acknowledged = new Map<string, Acknowledged>();
      const isOn = Storm.isOn(
        SECONDS,
        () => acknowledged.size > ENOUGH && Math.min(storm.kills, storm.crashes) > 0,
      );

      const writer = async (w: number) => {
        const path = `/v1/conversations/${conversations[w % CONVERSATIONS]}/messages`;
        for (let n = 0; isOn(); n++) {
          const key = `writer-${w}-${n}`;
          const messages =
            n % 3 === 0
              ? [
                  { role: 'user', content: `${key} a` },
                  { role: 'assistant', content: `${key} b` },
                ]
              : [{ role: 'user', content: key }];
          const body = { messages };
          acknowledged.set(key, {
            path,
            body,
            answer: await api.insist<Appended>(path, body, key),
          });
        }
      };
      const writing = Promise.all(Array.from({ length: WRITERS }, (_, w) => writer(w)));
      await storm.over(new Seeded(SEED), writing);
      const counts = {
        acknowledged: acknowledged.size,
        repeated: api.repeated,
        kills: storm.kills,
        crashes: storm.crashes,
        statuses: api.statuses,
      };
      console.log(JSON.stringify(counts));
      expect(
        Object.keys(api.statuses).filter((status) => !['0', '201', '409', '503'].includes(status)),
      ).toEqual([]);
      expect([...acknowledged.values()].filter(({ answer }) => answer.status !== 201)).toEqual([]);
      expect(Math.min(storm.kills, storm.crashes)).toBeGreaterThan(0);
      expect(acknowledged.size).toBeGreaterThan(ENOUGH);

      const wrong: unknown[] = [];
      const { rows } = await withClient(storm.databaseUrl, (client) =>
        client.query<Row>(
          'select conversation_id, id, seq, content from threadkeep.message order by conversation_id, seq',
        ),
      );
      const stored = new Map(rows.map((row) => [row.id, row]));
      let expected = 0;
      for (const { answer, path } of acknowledged.values()) {
        for (const { id, seq, content } of answer.body.data) {
          expected++;
          const row = stored.get(id);
          if (
            !row ||
            row.seq !== seq ||
            row.content !== content ||
            !path.includes(row.conversation_id)
          )
            wrong.push({ lost: { id, seq, content }, row });
        }
      }
      // Everybody went on until they were answered: what was not acknowledged was not written.
      if (
        rows.length !== expected ||
        new Set(rows.map(({ content }) => content)).size !== rows.length
      )
        wrong.push({ doubled: rows.length - expected });
      rows.forEach((row, i) => {
        const before = rows[i - 1];
        if (row.seq !== (before?.conversation_id === row.conversation_id ? before.seq + 1 : 1))
          wrong.push({ gap: row });
      });
      await inParallel([...acknowledged], 10, async ([key, { path, body, answer }]) => {
        const again = await api.insist<Appended>(path, body, key);
        if (
          again.headers['idempotent-replayed'] !== 'true' ||
          JSON.stringify(again.body) !== JSON.stringify(answer.body)
        )
          wrong.push({ replay: key, answer: answer.body, again: again.body });
      });
      api.close();
      expect({ seed: SEED, wrong: wrong.slice(0, 5), count: wrong.length }).toEqual({
        seed: SEED,
        wrong: [],
        count: 0,
      });
    },
    (SECONDS + 300) * 1000,
  );
});
