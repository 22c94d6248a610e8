import { describe, expect, it } from '@jest/globals';
import { BATCH_WEIGHT, ImportBatches, weightOf } from './import-batches.js';
import type { Imported } from './import-client.js';

type Sent = readonly object[];

const imported = (id: string): Imported => ({
  ...{ id, imported: true, added: 1, branches: 0, messages: 1 },
  ...{ differsAt: null, isDeleted: false, erased: 0 },
});
const nameOf = (body: object) => (body as { name: string }).name;
const tick = () => new Promise(setImmediate);

/** Batches, and what was sent. A batch that was sent waits for its answers until `answer`. */
function gathering() {
  const sent: string[][] = [];
  const waiting: ((results: (Imported | Error)[]) => void)[] = [];
  const failing: ((error: Error) => void)[] = [];
  const client = {
    import: (body: object) => Promise.resolve(imported(`alone ${nameOf(body)}`)),
    importAll: (bodies: Sent) => {
      sent.push(bodies.map(nameOf));
      return new Promise<(Imported | Error)[]>((resolve, reject) => {
        waiting.push(resolve);
        failing.push(reject);
      });
    },
  };
  const batches = new ImportBatches(client);
  const outcomes: string[] = [];
  const add = (name: string, weight: number) =>
    void batches
      .of(weight)
      .import({ name })
      .then(({ id }) => outcomes.push(id))
      .catch((error: Error) => outcomes.push(`${name}: ${error.message}`));
  const answer = async (results = sent[0]!.map((name): Imported | Error => imported(name))) => {
    sent.shift();
    failing.shift();
    waiting.shift()!(results);
    await tick();
  };
  const fail = async (message: string) => {
    sent.shift();
    waiting.shift();
    failing.shift()!(new Error(message));
    await tick();
  };
  return { batches, sent, outcomes, add, answer, fail };
}

const HALF = BATCH_WEIGHT / 2;

describe('batches of an import', () => {
  it('are sent when nothing else is to do, with all that was gathered by then', async () => {
    const { add, sent, answer, outcomes } = gathering();
    for (const name of ['a', 'b', 'c']) add(name, 1);
    expect(sent).toEqual([]);
    await tick();
    expect(sent).toEqual([['a', 'b', 'c']]);
    await answer();
    expect(outcomes).toEqual(['a', 'b', 'c']);
  });

  it('are sent at once when they are full, two at a time, in order', async () => {
    const { add, sent, answer } = gathering();
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) add(name, HALF);
    expect(sent).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    await answer();
    expect(sent).toEqual([
      ['c', 'd'],
      ['e', 'f'],
    ]);
  });

  it('have a hundred conversations at most, and wait while another is under way', async () => {
    const { add, sent, answer } = gathering();
    for (let i = 0; i < 250; i++) add(String(i), 1);
    await tick();
    expect(sent.map(({ length }) => length)).toEqual([100]);
    await answer();
    expect(sent.map(({ length }) => length)).toEqual([100]);
    await answer();
    expect(sent.map(({ length }) => length)).toEqual([50]);
  });

  it('leave what is as large as a batch to be sent alone', async () => {
    const { add, sent, outcomes } = gathering();
    add('large', BATCH_WEIGHT);
    await tick();
    expect(sent).toEqual([]);
    expect(outcomes).toEqual(['alone large']);
  });

  it('give each conversation its own refusal, and all of them one that is of the batch', async () => {
    const { add, answer, fail, outcomes } = gathering();
    for (const name of ['a', 'b']) add(name, 1);
    await tick();
    await answer([new Error('refused'), imported('b')]);
    for (const name of ['c', 'd']) add(name, 1);
    await tick();
    await fail('the server is away');
    expect(outcomes.sort()).toEqual([
      'a: refused',
      'b',
      'c: the server is away',
      'd: the server is away',
    ]);
  });

  it('that are stopped finish what was sent, and send nothing more', async () => {
    const { batches, add, sent, answer, outcomes } = gathering();
    for (const name of ['a', 'b', 'c']) add(name, HALF);
    batches.stop();
    add('d', 1);
    await answer();
    expect(sent).toEqual([]);
    expect(outcomes.sort()).toEqual([
      'a',
      'b',
      'c: the import was stopped',
      'd: the import was stopped',
    ]);
  });
});

describe('the weight of a conversation', () => {
  it('is a batch at most, and grows with its messages and its JSON', () => {
    const messages = (count: number) => Array.from({ length: count }, () => ({ content: 'a' }));
    expect(weightOf({})).toBe(BATCH_WEIGHT / 100);
    expect(weightOf({ messages: messages(2_500) })).toBe(HALF);
    expect(weightOf({ messages: messages(10_000) })).toBe(BATCH_WEIGHT);
    expect(weightOf({ title: 'x'.repeat(HALF) })).toBeGreaterThan(HALF);
  });
});
