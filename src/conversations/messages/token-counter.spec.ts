import { beforeAll, describe, expect, it } from '@jest/globals';
import { TokenCounter } from './token-counter.js';

const counter = new TokenCounter();
beforeAll(() => counter.load());

describe('the token counter', () => {
  it('throws before load()', async () => {
    const fresh = new TokenCounter();
    expect(fresh.loaded).toBe(false);
    expect(() => fresh.count('x')).toThrow('has not been awaited');
    await fresh.load();
    await fresh.load();
    expect(fresh.loaded).toBe(true);
    expect(fresh.count('x')).toBe(1);
  });

  it.each([
    ['', 0],
    ['Hello world', 2],
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['    indented', 3],
    ['Здравствуйте', 1],
    ['日本語', 2],
  ])('counts %j as o200k_base does', (text, tokens) => {
    expect(counter.count(text)).toBe(tokens);
  });

  it('counts the text of a special token as ordinary text', () => {
    expect(counter.count('<|endoftext|>')).toBeGreaterThan(1);
    expect(counter.count('<|im_start|>system<|im_end|>')).toBeGreaterThan(2);
  });

  it('takes linear time for long ordinary text', () => {
    const sentence = ' All work and no play makes a dull day.';
    expect(counter.count(sentence.repeat(1_000))).toBe(counter.count(sentence) * 1_000);
  });

  it.each([
    ['letters', 'a'.repeat(200_000)],
    ['ideographs', '漢'.repeat(200_000)],
    ['emoji', '😀'.repeat(50_000)],
    ['spaces', ' '.repeat(200_000)],
    ['line breaks', '\n'.repeat(200_000)],
  ])('takes bounded time for a long run of %s', (_what, text) => {
    const tokens = counter.count(text);
    expect(tokens).toBeGreaterThan(text.length / 200);
    expect(tokens).toBeLessThan(text.length * 2);
  });

  it('never cuts a surrogate pair', () => {
    const run = '😀'.repeat(150);
    expect(counter.count(`a${run}`)).toBeLessThanOrEqual(counter.count('😀') * 150 + 2);
  });
});

describe('TokenCounter.countAll', () => {
  it('returns a count for each text in order, and loads the vocabulary', async () => {
    const texts = ['', 'Hello world', '<|endoftext|>', 'Hello world'];
    await expect(new TokenCounter().countAll(texts)).resolves.toEqual(
      texts.map((text) => counter.count(text)),
    );
    await expect(counter.countAll([])).resolves.toEqual([]);
  });

  it('counts a long text like count(), except for a token at each cut', async () => {
    const long = [
      ' All work and no play makes a dull day.'.repeat(2_000),
      `x${'😀'.repeat(30_000)}`,
    ];
    const counts = await counter.countAll(long);
    for (const [i, text] of long.entries())
      expect(Math.abs(counts[i]! - counter.count(text))).toBeLessThan(text.length / 2_000);
  });

  it('yields to the event loop between slices', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await counter.countAll(Array.from({ length: 50 }, (_, i) => `word${i} `.repeat(5_000)));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});
