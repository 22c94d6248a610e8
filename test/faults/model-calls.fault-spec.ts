// Model calls while the process that makes them is killed again and again, and PostgreSQL crashes: each
// ends, and none is made twice unless it asked for that.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const KILLS = numberFromEnvironment('KILLS', 3);
/** Seconds in which calls are made, and on until there were enough kills. */
const SECONDS = 20;
const CLIENTS = 8;
/** Calls that a client has in the queue at a time. */
const CALLS_AT_ONCE = 4;
/** Milliseconds after which a call whose process is gone has ended, on a busy machine, too. */
const PATIENCE_MS = 120_000;
/** Runs of a call that asks for another one after a crash. */
const MAX_RUNS = 3;
const WORDS = Array.from({ length: 20 }, (_, i) => `word ${i} `);
const WHOLE = WORDS.join('');
const FINAL = ['completed', 'failed', 'cancelled'];

interface Call {
  id: string;
  state: string;
  reply: { text: string } | null;
  error: { code: string } | null;
}
interface Made {
  question: string;
  onCrash: string;
  call: Call;
}

describe('model calls in a storm', () => {
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

  it('all end, with the whole reply or the reason, and none is made twice unasked', async () => {
    console.log(`SEED=${SEED}`);
    const made: Made[] = [];
    const isOn = Storm.isOn(SECONDS, () => storm.kills >= KILLS);
    const client = async (who: number) => {
      const api = new Api(storm.url, storm.headers(`user-${who >> 1}`), 2);
      const make = async (n: number): Promise<Made> => {
        const question = `${who} asks ${n}.`;
        const onCrash = n % 2 ? 'retry' : 'fail';
        const asked = {
          messages: [{ role: 'user', content: question }],
          model: { provider: 'stand-in', name: 'a-model' },
          onCrash,
        };
        const { status, body } = await api.insist<Call>('/v1/model-calls', asked, `${who}-${n}`);
        if (status !== 202) throw new Error(JSON.stringify(body));
        return { question, onCrash, call: body };
      };
      for (let n = 0; isOn(); n += CALLS_AT_ONCE) {
        const calls: Made[] = [];
        for (let i = 0; i < CALLS_AT_ONCE; i++) calls.push(await make(n + i));
        made.push(...calls);
        const begun = Date.now();
        for (const one of calls)
          while (!FINAL.includes(one.call.state)) {
            if (Date.now() > begun + PATIENCE_MS) throw new Error(`${one.call.id} does not end`);
            await new Promise((resolve) => setTimeout(resolve, 200));
            one.call = (await api.read<Call>(`/v1/model-calls/${one.call.id}`)).body;
          }
      }
      api.close();
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, who) => client(who)));
    await storm.over(new Seeded(SEED), clients, { kills: [4_000, 7_000], crashes: 20_000 });

    const ends: Record<string, number> = {};
    const sent = new Map<string, number>();
    for (const { body } of standIn.requests) {
      const [{ content }] = body['messages'] as [{ content: string }];
      sent.set(content, (sent.get(content) ?? 0) + 1);
    }
    const wrong = made.filter(({ question, onCrash, call }) => {
      const end = `${onCrash} ${call.state} ${call.error?.code ?? ''}`;
      ends[end] = (ends[end] ?? 0) + 1;
      const runs = sent.get(question) ?? 0;
      const isWhole = call.reply?.text === WHOLE && call.error === null && runs > 0;
      return (
        runs > (onCrash === 'retry' ? MAX_RUNS : 1) ||
        (call.state === 'completed' ? !isWhole : call.error === null)
      );
    });
    console.log(`${made.length} calls, ${storm.kills} kills, ${storm.crashes} crashes`, ends);
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(ends['retry completed ']).toBeGreaterThan(0);
    expect(ends['fail completed ']).toBeGreaterThan(0);
    expect(ends['fail failed model_call.lost']).toBeGreaterThan(0);
  });
});
