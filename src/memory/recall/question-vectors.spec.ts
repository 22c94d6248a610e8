import { describe, expect, it } from '@jest/globals';
import { RequestContexts } from '../../platform/context/index.js';
import { HealthParts } from '../../platform/health/health-parts.js';
import { Embedder } from '../embedding/embedder.js';
import { QuestionVectors } from './question-vectors.js';

/** An embedder that answers when it is told to. */
class Manual extends Embedder {
  override readonly model = 'manual';
  override readonly questionsAtOnce = 8;
  loaded = true;
  readonly asked: { answer: () => void; fail: () => void }[] = [];

  override isReady(): boolean {
    return this.loaded;
  }

  override embed(): Promise<Int8Array[]> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        answer: () => resolve([Int8Array.of(1)]),
        fail: () => reject(new Error('away')),
      });
    });
  }

  override async close(): Promise<void> {}
}

function start() {
  const [embedder, contexts, health] = [new Manual(), new RequestContexts(), new HealthParts()];
  const vectors = new QuestionVectors(embedder, contexts, health);
  const ask = (userId: string) => contexts.runAsUser(userId, () => vectors.embed('what?'));
  return { embedder, ask, health };
}

describe('QuestionVectors', () => {
  it('does not wait for a model that is not loaded', async () => {
    const { embedder, ask } = start();
    embedder.loaded = false;
    expect(await ask('ada')).toBeUndefined();
    expect(embedder.asked).toEqual([]);
  });

  it('gives one user a quarter of the questions embedded at once, and all users no more than all', async () => {
    const { embedder, ask } = start();
    const some = ['ada', 'ada', 'ada', 'bob', 'eve', 'eve', 'sam', 'sam', 'tim', 'tim'];
    const answers = some.map((name) => ask(name));
    expect(embedder.asked).toHaveLength(8);
    embedder.asked.forEach(({ answer }) => answer());
    const found = (await Promise.all(answers)).map((vector) => vector !== undefined);
    expect(found).toEqual([true, true, false, true, true, true, true, true, true, false]);
    const later = ask('ada');
    expect(embedder.asked).toHaveLength(9);
    embedder.asked[8]!.answer();
    expect(await later).toEqual(Int8Array.of(1));
  });

  it('tells the health which model it uses, and that searches go by words while it fails', async () => {
    const { embedder, ask, health } = start();
    expect(health.list()).toEqual([{ name: 'embedder', state: { model: 'manual' } }]);
    for (let i = 0; i < 3; i++) {
      const answer = ask('ada');
      embedder.asked.at(-1)!.fail();
      expect(await answer).toBeUndefined();
    }
    expect(health.list()).toEqual([
      { name: 'embedder', state: { model: 'manual', effect: 'searches go by words' } },
    ]);
    expect(await ask('ada')).toBeUndefined();
    expect(embedder.asked).toHaveLength(3);
  });
});
