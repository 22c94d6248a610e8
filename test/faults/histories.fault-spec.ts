// What clients see of conversations while everything is killed, held against what can be true of lists that only grow.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { type Append, anomaliesOf, type Read } from '../support/append-history.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';
import { Wire, type WireResponse } from '../support/wire.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const SECONDS = numberFromEnvironment('SECONDS', 13);
const LISTS = 4;
const [APPENDERS, READERS, EDITORS] = [8, 4, 4];
/** Appends acknowledged, reads and edits below which nothing has been shown. */
const ENOUGH = 10;
/** Milliseconds a client waits after it was not answered. */
const PATIENCE = 50;

interface Page {
  data: { content: string }[];
}
interface Conversation {
  metadata: { edits?: string[] };
  version: number;
}
interface Edit {
  list: string;
  id: string;
  /** The version it made; absent when nobody knows whether it did. */
  version?: number;
}

describe('what clients see in a storm', () => {
  let storm: Storm;
  beforeAll(async () => {
    storm = await Storm.start();
  });
  afterAll(() => storm?.stop());

  it(
    'is one order of appends for everybody, with all that was acknowledged, and no edit lost',
    async () => {
      console.log(`SEED=${SEED}`);
      const headers = storm.headers('ada');
      const api = new Api(storm.url, headers);
      const lists: string[] = [];
      for (let i = 0; i < LISTS; i++)
        lists.push(
          `/v1/conversations/${(await api.insist<{ id: string }>('/v1/conversations', {}, `list-${i}`)).body.id}`,
        );
      const wire = new Wire(storm.url, APPENDERS + READERS + EDITORS);
      const [appends, reads, edits, odd]: [Append[], Read[], Edit[], unknown[]] = [[], [], [], []];
      const known = () => appends.filter(({ ended }) => ended !== undefined).length;
      const isOn = Storm.isOn(
        SECONDS,
        () => Math.min(known(), reads.length, edits.length) > ENOUGH && storm.crashes > 0,
      );

      /** Null when it was not answered, or not for good: what was asked may have happened. */
      const ask = async (
        method: string,
        path: string,
        more: Record<string, string> = {},
        body?: unknown,
      ): Promise<WireResponse | null> => {
        const answer = await wire
          .json(method, path, { ...headers, ...more }, body)
          .catch(() => null);
        if (answer && answer.status < 500) return answer;
        if (answer && answer.status !== 503) odd.push(answer);
        await sleep(PATIENCE);
        return null;
      };
      /** All of it, page by page: what was appended meanwhile only adds to it. */
      const seen = async (list: string): Promise<string[] | null> => {
        const saw: string[] = [];
        for (;;) {
          const answer = await ask(
            'GET',
            `${list}/messages?order=asc&limit=100&afterSeq=${saw.length}`,
          );
          if (!answer) return null;
          const { data } = JSON.parse(answer.text) as Page;
          saw.push(...data.map(({ content }) => content));
          if (data.length < 100) return saw;
        }
      };
      const appender = async (random: Seeded, who: number) => {
        for (let n = 0; isOn(); n++) {
          const append: Append = {
            list: random.pick(lists),
            value: `${who}-${n}`,
            begun: performance.now(),
          };
          appends.push(append);
          const answer = await ask(
            'POST',
            `${append.list}/messages`,
            {},
            { role: 'user', content: append.value },
          );
          if (answer?.status === 201) append.ended = performance.now();
          else if (answer) odd.push(answer);
        }
      };
      const reader = async (random: Seeded) => {
        while (isOn()) {
          const read = { list: random.pick(lists), begun: performance.now() };
          const saw = await seen(read.list);
          if (saw) reads.push({ ...read, saw, ended: performance.now() });
        }
      };
      const editor = async (random: Seeded, who: number) => {
        for (let n = 0; isOn(); n++) {
          const list = random.pick(lists);
          const before = await ask('GET', list);
          if (!before) continue;
          const known = (JSON.parse(before.text) as Conversation).metadata.edits ?? [];
          const edit: Edit = { list, id: `${who}-${n}` };
          const answer = await ask(
            'PATCH',
            list,
            { 'if-match': before.headers.etag! },
            { metadata: { edits: [...known, edit.id] } },
          );
          if (answer?.status === 412) continue;
          edits.push(edit);
          if (answer?.status === 200)
            edit.version = (JSON.parse(answer.text) as Conversation).version;
          else if (answer) odd.push(answer);
          await sleep(20);
        }
      };
      const each = (count: number, work: (random: Seeded, who: number) => Promise<void>) =>
        Array.from({ length: count }, (_, who) => work(new Seeded(SEED + who), who));
      await storm.over(
        new Seeded(SEED),
        Promise.all([
          ...each(APPENDERS, appender),
          ...each(READERS, reader),
          ...each(EDITORS, editor),
        ]),
      );

      for (const list of lists) {
        const begun = performance.now();
        let saw = await seen(list);
        while (!saw) saw = await seen(list);
        reads.push({ list, begun, saw, ended: performance.now() });
        const { body } = await api.read<Conversation>(list);
        const final = body.metadata.edits ?? [];
        const ours = edits.filter((edit) => edit.list === list);
        const made = ours.filter(({ version }) => version !== undefined);
        const lost = made.filter(({ id }) => final.filter((one) => one === id).length !== 1);
        const strange = final.filter((id) => !ours.some((edit) => edit.id === id));
        const versions = new Set(made.map(({ version }) => version));
        if (lost.length + strange.length > 0 || versions.size !== made.length)
          odd.push({ list, lost, strange, versions: made.map(({ version }) => version) });
      }
      wire.close();
      api.close();
      console.log(
        `${appends.length} appends (${known()} acknowledged), ${reads.length} reads, ${edits.length} edits, ${storm.kills} kills, ${storm.crashes} crashes`,
      );
      expect({
        seed: SEED,
        odd: odd.slice(0, 3),
        anomalies: anomaliesOf(appends, reads).slice(0, 5),
      }).toEqual({ seed: SEED, odd: [], anomalies: [] });
      expect(Math.min(known(), reads.length, edits.length)).toBeGreaterThan(ENOUGH);
    },
    (SECONDS + 300) * 1000,
  );
});
