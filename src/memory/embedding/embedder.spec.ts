import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../../platform/config/config.js';
import { createEmbedder } from './create-embedder.js';
import { EmbedderError, quantise } from './embedder.js';
import { LocalEmbedder } from './local-embedder.js';
import { isInstalled, LOCAL_PACKAGES } from './model-thread.js';
import { NoEmbedder } from './no-embedder.js';
import { OpenAiEmbedder } from './openai-embedder.js';
import { truncateUtf8 } from './truncate-utf8.js';

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

const off = (a: number[], b: number[]): number =>
  Math.abs(cosine(quantise(a), quantise(b)) - cosine(a, b));

const vector = (length: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });
const hasDirection = (values: number[]) => values.some((value) => Math.abs(value) > 1e-3);

describe('quantise', () => {
  it('quantised vectors have nearly the cosine similarity of the originals', () => {
    // Rounding moves each value by at most half a step, and so the vector by at most half a step
    // times the square root of its dimensions.
    const worst = 2 * (0.5 / 127) * Math.sqrt(384) + 0.01;
    const pair = fc.tuple(vector(384), vector(384)).filter((two) => two.every(hasDirection));
    fc.assert(fc.property(pair, ([a, b]) => expect(off(a, b)).toBeLessThan(worst)));
  });

  it('the cosine similarity is off by a few thousandths when all dimensions count', () => {
    const wave = (seed: number) =>
      Array.from(
        { length: 384 },
        (_, i) => Math.sin((i + 1) * seed * 12.9898) * Math.cos(i * 78.233 + seed),
      );
    const pairs = Array.from(
      { length: 100 },
      (_, i) => [wave(i + 1), wave(i + 1.01 + (i % 7))] as const,
    );
    expect(Math.max(...pairs.map(([a, b]) => off(a, b)))).toBeLessThan(0.01);
  });

  it('a quantised vector has length 127, whatever length the original had', () => {
    const scaled = fc.tuple(
      vector(16).filter(hasDirection),
      fc.constantFrom(1e-300, 1e-9, 1, 1e9, 1e300),
    );
    fc.assert(
      fc.property(scaled, ([values, scale]) => {
        const length = Math.hypot(...quantise(values.map((value) => value * scale)));
        expect(Math.abs(length - 127)).toBeLessThan(3);
      }),
    );
  });

  it.each([[[0, 0, 0]], [[]], [[NaN, 1]], [[Infinity, 1]], [[-0]]])(
    'a vector without a direction becomes zero: %j',
    (values) => {
      expect([...quantise(values)]).toEqual(values.map(() => 0));
    },
  );

  it('quantised values reach -127 and 127 and no further', () => {
    expect([...quantise([5, 0])]).toEqual([127, 0]);
    expect([...quantise(Float32Array.of(0, -0.1))]).toEqual([0, -127]);
  });
});

describe('truncateUtf8', () => {
  const bytesOf = (text: string) => Buffer.byteLength(text);

  it('a truncated text is the longest allowed beginning of the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 0, max: 80 }),
        (text, bytes) => {
          const cut = truncateUtf8(text, bytes);
          expect(text.startsWith(cut)).toBe(true);
          expect(bytesOf(cut)).toBeLessThanOrEqual(bytes);
          if (cut !== text) expect(bytesOf(cut)).toBeGreaterThan(bytes - 4);
        },
      ),
    );
  });

  it('a truncated text has no half of a character', () => {
    expect(truncateUtf8('ab😀', 3)).toBe('ab');
    expect(truncateUtf8('a\ud83d', 10)).toBe('a\ufffd');
  });
});

describe('createEmbedder', () => {
  it('the local embedder is the default, as its packages are installed', async () => {
    expect(isInstalled()).toBe(true);
    const embedder = createEmbedder(loadConfig({}));
    expect(embedder).toBeInstanceOf(LocalEmbedder);
    await embedder.close();
  });

  it.each([{ weights: '@lat.md/not-installed' }, { wasm: '@lat.md/not-installed' }])(
    'a package that is missing is seen without loading any: %j',
    (packages) => {
      expect(isInstalled({ ...LOCAL_PACKAGES, ...packages })).toBe(false);
    },
  );

  it('EMBEDDER=none creates no embedder, and asking it for vectors fails', async () => {
    const embedder = createEmbedder(loadConfig({ EMBEDDER: 'none' }));
    expect(embedder).toBeInstanceOf(NoEmbedder);
    expect(embedder.model).toBeNull();
    await expect(embedder.embed(['text'])).rejects.toThrow(EmbedderError);
    await expect(embedder.embedQuestion('text')).rejects.toMatchObject({ retryable: false });
    await embedder.close();
  });

  it('EMBEDDER=local creates the local embedder, which does nothing before its first text', async () => {
    const embedder = createEmbedder(loadConfig({ EMBEDDER: 'local' }));
    expect(embedder).toBeInstanceOf(LocalEmbedder);
    await embedder.close();
  });

  it("EMBEDDER=openai creates the service's embedder, with the model in the name of its vectors", () => {
    const embedder = createEmbedder(
      loadConfig({ EMBEDDER: 'openai', OPENAI_API_KEY: 'key', EMBEDDING_MODEL: 'other' }),
    );
    expect(embedder).toBeInstanceOf(OpenAiEmbedder);
    expect(embedder.model).toBe('openai:other');
  });
});
