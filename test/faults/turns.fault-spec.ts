// Turns while the process that calls the model is killed again and again: no message is lost, no reply
// doubled, and each turn ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const KILLS = numberFromEnvironment('KILLS', 4);
const CLIENTS = 10;
/** Milliseconds after which a turn whose process is gone has been taken over, on a busy machine, too. */
const PATIENCE_MS = 90_000;
const WORDS = Array.from({ length: 30 }, (_, i) => `word ${i} `);
const WHOLE = WORDS.join('');
const FINAL = ['completed', 'failed', 'cancelled', 'interrupted'];

interface Turn {
  id: string;
  state: string;
  replyId: string;
}
interface Message {
  id: string;
  role: string;
  content: string;
  status?: string;
}
interface Told {
  path: string;
  turn: Turn;
  question: string;
}

describe('turns in a storm', () => {
  let standIn: ModelStandIn;
  let storm: Storm;
  beforeAll(async () => {
    standIn = await startModelStandIn();
    standIn.fallback = { text: WORDS, delayMs: 60 };
    storm = await Storm.start({ ...standIn.environment, JOB_CONCURRENCY: '2' });
  });
  afterAll(async () => {
    await storm?.stop();
    await standIn?.close();
  });

  it('end, each with its message once and one reply', async () => {
    console.log(`SEED=${SEED}`);
    const told: Told[] = [];
    const waits: number[] = [];
    const chat = async (who: number) => {
      const api = new Api(storm.url, storm.headers(`user-${who >> 1}`), 2);
      const { body: conversation } = await api.insist<{ id: string }>(
        '/v1/conversations',
        {},
        `${who}`,
      );
      const path = `/v1/conversations/${conversation.id}`;
      const ask = async (question: string, n: number, whenBusy: string) => {
        const asked = {
          messages: [{ role: 'user', content: question }],
          model: { provider: 'stand-in', name: 'a-model' },
          onCrash: n % 2 ? 'retry' : 'interrupt',
          whenBusy,
        };
        const answer = await api.insist<Turn>(`${path}/turns`, asked, question.replace(/\W/g, '-'));
        if (answer.status !== 202) throw new Error(JSON.stringify(answer.body));
        told.push({ path, turn: answer.body, question });
        return answer.body;
      };
      for (let n = 0; storm.kills < KILLS; n++) {
        const turns = [await ask(`${who} asks ${n}`, n, 'reject')];
        // Others wait behind it, and behind each other.
        for (let behind = 1; behind <= n % 3; behind++)
          turns.push(await ask(`${who} asks ${n}, and ${behind}`, n + behind, 'queue'));
        for (const turn of turns) {
          const begun = Date.now();
          for (let last = turn; !FINAL.includes(last.state);) {
            if (Date.now() > begun + PATIENCE_MS) throw new Error(`${turn.id} does not end`);
            last = (await api.read<Turn>(`${path}/turns/${turn.id}`)).body;
            Object.assign(turn, { state: last.state, replyId: last.replyId });
            await new Promise((resolve) => setTimeout(resolve, 200));
          }
          waits.push(Date.now() - begun);
        }
      }
      api.close();
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, who) => chat(who)));
    await storm.over(new Seeded(SEED), clients, { kills: [4_000, 7_000], crashes: 20_000 });

    const states: Record<string, number> = {};
    const wrong: unknown[] = [];
    for (let who = 0; who < CLIENTS; who++) {
      const ours = told.filter(({ question }) => question.startsWith(`${who} `));
      const api = new Api(storm.url, storm.headers(`user-${who >> 1}`));
      const { body } = await api.read<{ data: Message[] }>(
        `${ours[0]!.path}/messages?order=asc&limit=100`,
      );
      api.close();
      const expected = ours.flatMap(({ question, turn }) => [question, turn.replyId]);
      const seen = body.data.map(({ role, content, id }) => (role === 'user' ? content : id));
      if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push({ seen, expected });
      for (const { turn } of ours) {
        states[turn.state] = (states[turn.state] ?? 0) + 1;
        const reply = body.data.find(({ id }) => id === turn.replyId);
        const isRight =
          turn.state === 'completed'
            ? reply?.content === WHOLE && reply.status === undefined
            : WHOLE.startsWith(reply?.content ?? 'missing') && reply?.status !== 'in_progress';
        if (!isRight) wrong.push({ turn, reply });
      }
    }
    console.log(`${told.length} turns, ${storm.kills} kills, ${storm.crashes} crashes`, states);
    console.log(`the longest took ${Math.max(...waits)} ms`);
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(states['completed']).toBeGreaterThan(0);
    expect(states['interrupted'] ?? 0).toBeGreaterThan(0);
  });
});
