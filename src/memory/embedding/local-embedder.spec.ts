import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../test/support/wait.js';
import { EmbedderError } from './embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { LOCAL_PACKAGES, ModelThread, startWorker } from './model-thread.js';

const similarity = (a: Int8Array, b: Int8Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0) / 127 ** 2;

describe('LocalEmbedder', () => {
  const embedder = new LocalEmbedder();
  afterAll(() => embedder.close());

  it('texts of similar meaning get near vectors', async () => {
    const [dog, puppy, tax] = await embedder.embed([
      'My dog loves the park.',
      'A puppy enjoys playing outside.',
      'The tax return is due in April.',
    ]);
    expect(similarity(dog!, puppy!)).toBeGreaterThan(similarity(dog!, tax!) + 0.2);
    expect(dog).toHaveLength(384);
    expect(similarity(dog!, dog!)).toBeCloseTo(1, 1);
  });

  it('each of several callers gets its vectors in the order of its texts', async () => {
    const texts = ['red', 'green', 'blue', 'bread', 'the sea'];
    const alone = await embedder.embed(texts);
    const orders = [texts, [...texts].reverse(), ['blue', 'red']];
    const together = await Promise.all(orders.map((order) => embedder.embed(order)));
    expect(together).toEqual(
      orders.map((order) => order.map((text) => alone[texts.indexOf(text)])),
    );
    expect(await embedder.embedQuestion('bread')).toEqual(alone[3]);
  });

  it('a question overtakes a batch, and a small batch a large one', async () => {
    const finished: string[] = [];
    const note = (name: string) => () => void finished.push(name);
    const work = [
      embedder.embed(Array.from({ length: 40 }, (_, i) => `text ${i}`)).then(note('large')),
      embedder.embed(['one', 'two']).then(note('small')),
      embedder.embedQuestion('who?').then(note('question')),
    ];
    await Promise.all(work);
    expect(finished).toEqual(['question', 'small', 'large']);
  });

  it('the event loop stays free during an embedding', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    await embedder.embed(['a text of some length '.repeat(40)]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });

  it('any text can be embedded', async () => {
    const texts = [
      '',
      ' \n ',
      'x'.repeat(300_000),
      '\u0000',
      'a\ud83d',
      '😀'.repeat(5_000),
      '記憶',
      '[SEP] <|endoftext|>',
    ];
    expect((await embedder.embed(texts)).map(({ length }) => length)).toEqual(texts.map(() => 384));
    expect(await embedder.embed([])).toEqual([]);
  });

  it('an aborted call is rejected at once, and other calls go on', async () => {
    const abort = new AbortController();
    const given = [
      embedder.embed(['a', 'b', 'c'], abort.signal),
      embedder.embedQuestion('d', abort.signal),
    ];
    const kept = embedder.embed(['e'], new AbortController().signal);
    const outcome = Promise.allSettled(given);
    abort.abort(new Error('enough'));
    expect(
      (await outcome).map((one) =>
        one.status === 'rejected' ? (one.reason as Error).message : 'kept',
      ),
    ).toEqual(['enough', 'enough']);
    expect(await kept).toHaveLength(1);
    await expect(embedder.embed(['f'], AbortSignal.abort(new Error('before')))).rejects.toThrow(
      'before',
    );
  });
});

describe('a closed LocalEmbedder', () => {
  it('closing the local embedder rejects what is in flight and all that follows', async () => {
    const embedder = new LocalEmbedder();
    const inFlight = embedder.embed(['a', 'b']);
    const outcome = expect(inFlight).rejects.toThrow('The embedder is closed.');
    await embedder.close();
    await outcome;
    await expect(embedder.embedQuestion('c')).rejects.toMatchObject({
      name: 'EmbedderError',
      retryable: false,
    });
  });
});

describe('ModelThread', () => {
  afterEach(() => void jest.useRealTimers());

  const DYING = 'require("node:worker_threads").parentPort.on("message", () => process.exit(3))';
  const THROWING =
    'require("node:worker_threads").parentPort.on("message", () => { throw new Error("no") })';
  const HANGING = 'require("node:worker_threads").parentPort.on("message", () => { for (;;); })';
  const ANSWERING =
    'const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => parentPort.postMessage({ vector: Int8Array.of(7), engine: "wasm" }))';
  const SLOW =
    'const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => setTimeout(() => parentPort.postMessage({ vector: Int8Array.of(7), engine: "wasm" }), 200))';
  const UNABLE =
    'const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => parentPort.postMessage({ failed: true }))';

  /** Starts workers with these scripts, one after the other, and records them. */
  function threads(...scripts: string[]) {
    const workers: Worker[] = [];
    const thread = new ModelThread(() => {
      const worker = new Worker(scripts[workers.length]!, { eval: true });
      workers.push(worker);
      return worker;
    });
    return { embedder: new LocalEmbedder(thread), workers };
  }

  it.each([
    ['dies', DYING],
    ['throws', THROWING],
    ['says that it cannot', UNABLE],
  ])('a thread is replaced when it %s', async (_, script) => {
    const { embedder, workers } = threads(script, ANSWERING);
    expect(await embedder.embed(['a', 'b'])).toEqual([Int8Array.of(7), Int8Array.of(7)]);
    expect(workers).toHaveLength(2);
    await embedder.close();
  });

  it.each(['data:text/javascript,throw new Error("made for another system")', 'not-installed'])(
    'is run by WASM where onnxruntime cannot be loaded: %s',
    async (onnxruntime) => {
      const embedder = new LocalEmbedder(
        new ModelThread(() => startWorker({ ...LOCAL_PACKAGES, onnxruntime })),
      );
      expect(embedder.describe()).toEqual({ model: 'local:minilm-l6-v2', engine: null });
      await embedder.embed(['red']);
      expect(embedder.describe()).toEqual({ model: 'local:minilm-l6-v2', engine: 'wasm' });
      await embedder.close();
    },
  );

  it('is not ready before the model is loaded, loads it when asked, and again after it was lost', async () => {
    const { embedder, workers } = threads(ANSWERING, ANSWERING);
    const becomesReady = () => eventually(() => Promise.resolve(embedder.isReady()));
    expect([embedder.isReady(), embedder.isReady()]).toEqual([false, false]);
    await becomesReady();
    expect(workers).toHaveLength(1);
    await workers[0]!.terminate();
    expect(embedder.isReady()).toBe(false);
    await becomesReady();
    expect(workers).toHaveLength(2);
    await embedder.close();
    expect(embedder.isReady()).toBe(false);
  });

  it('embeds within a write once it is known to take little time for its length', async () => {
    const { embedder } = threads(ANSWERING);
    expect(await embedder.embedInTime('a')).toBeNull();
    // The first text has to load the model, and tells nothing about the next.
    await embedder.embed(['a']);
    expect(await embedder.embedInTime('a')).toBeNull();
    await embedder.embed(Array.from({ length: 50 }, () => 'a'));
    const work = embedder.embedQuestion('b');
    expect(await embedder.embedInTime('busy')).toBeNull();
    await work;
    await eventually(async () => (await embedder.embedInTime('a')) !== null);
    await embedder.close();
    expect(await embedder.embedInTime('a')).toBeNull();
  });

  it('does not embed within a write when texts took long', async () => {
    const { embedder } = threads(SLOW);
    await embedder.embed(['a', 'b']);
    expect(await embedder.embedInTime('a')).toBeNull();
    await embedder.close();
  });

  it('a thread that hangs is replaced', async () => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date', 'hrtime'],
    });
    const { embedder, workers } = threads(HANGING, ANSWERING);
    const vector = embedder.embedQuestion('a');
    jest.advanceTimersByTime(60_000);
    expect(await vector).toEqual(Int8Array.of(7));
    expect(workers).toHaveLength(2);
    await embedder.close();
  });

  it('a text that fails two threads is reported, and the next text gets a new thread', async () => {
    const { embedder, workers } = threads(DYING, THROWING, ANSWERING);
    await expect(embedder.embedQuestion('a')).rejects.toMatchObject({
      name: 'EmbedderError',
      retryable: true,
    });
    expect(await embedder.embedQuestion('b')).toEqual(Int8Array.of(7));
    expect(workers).toHaveLength(3);
    await embedder.close();
  });

  it('a thread that ended while idle is replaced', async () => {
    const { embedder, workers } = threads(ANSWERING, ANSWERING);
    await embedder.embedQuestion('a');
    await workers[0]!.terminate();
    expect(await embedder.embedQuestion('b')).toEqual(Int8Array.of(7));
    expect(workers).toHaveLength(2);
    await embedder.close();
  });

  it('a missing package is named with its install command, and not looked for again', async () => {
    let started = 0;
    const thread = new ModelThread(
      () => ((started += 1), startWorker({ ...LOCAL_PACKAGES, weights: '@lat.md/embed-nothing' })),
    );
    const embedder = new LocalEmbedder(thread);
    const failures = await Promise.allSettled([embedder.embed(['a']), embedder.embedQuestion('b')]);
    for (const failure of failures as PromiseRejectedResult[]) {
      expect(failure.reason).toBeInstanceOf(EmbedderError);
      expect(failure.reason).toMatchObject({ retryable: false });
      expect((failure.reason as Error).message).toContain(
        'needs the package @lat.md/embed-nothing: npm install @lat.md/embed@',
      );
    }
    expect(started).toBe(1);
    await embedder.close();
  });
});
