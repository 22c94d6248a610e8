// The two engines of the local model, with the packages as they are published.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { LocalPackages } from '../../src/memory/embedding/engine.js';
import { LocalEmbedder } from '../../src/memory/embedding/local-embedder.js';
import {
  LOCAL_PACKAGES,
  ModelThread,
  startWorker,
} from '../../src/memory/embedding/model-thread.js';

const folder = join(import.meta.dirname, 'node_modules');
const ONNXRUNTIME: LocalPackages = {
  ...LOCAL_PACKAGES,
  onnxruntime: join(folder, 'onnxruntime-node/dist/index.js'),
  tokenizers: join(folder, '@huggingface/tokenizers/dist/tokenizers.mjs'),
};
const embedderOf = (packages: LocalPackages) =>
  new LocalEmbedder(new ModelThread(() => startWorker(packages)));

const TEXTS = [
  '',
  ' \n ',
  'The user drinks oat milk in coffee.',
  'a',
  "don't can't won't",
  'Ünïcode naïve café ÇA Straße İstanbul ǅ',
  '日本語のテキスト 東京',
  'Привет, как дела?',
  'السلام عليكم',
  'ไทย ภาษา',
  '👍🏽 emoji yes!! hello-world foo_bar C++ v2.1.3',
  '[SEP] [CLS] [MASK] [PAD] [UNK] ## <s> <|endoftext|>',
  '\u0000 \u200b \ufeff \u00ad x',
  'a lone \ud800 surrogate',
  'x'.repeat(300),
  'word '.repeat(253),
  'word '.repeat(254),
  'word '.repeat(255),
  'word '.repeat(3_000),
  '😀'.repeat(3_000),
  'I went to the doctor, and was told that my blood pressure is too high, so I take a pill each day.',
];

describe('the engines of the local model', () => {
  const onnx = embedderOf(ONNXRUNTIME);
  const wasm = embedderOf({ ...LOCAL_PACKAGES, onnxruntime: 'not-installed' });
  afterAll(() => Promise.all([onnx.close(), wasm.close()]));

  it('give the same vectors, to a step of their rounding', async () => {
    const [ours, theirs] = [await onnx.embed(TEXTS), await wasm.embed(TEXTS)];
    expect([onnx.describe(), wasm.describe()]).toMatchObject([
      { engine: 'onnxruntime' },
      { engine: 'wasm' },
    ]);
    const off = TEXTS.map((text, i) => {
      const steps = ours[i]!.map((value, n) => Math.abs(value - theirs[i]![n]!));
      return [text.slice(0, 30), Math.max(...steps)] as const;
    });
    expect(off.filter(([, steps]) => steps > 1)).toEqual([]);
    expect(ours.map(({ length }) => length)).toEqual(TEXTS.map(() => 384));
  });

  it('a tokenizer that is missing leaves the WASM engine', async () => {
    const embedder = embedderOf({ ...ONNXRUNTIME, tokenizers: 'not-installed' });
    expect(await embedder.embed([TEXTS[2]!])).toEqual(await wasm.embed([TEXTS[2]!]));
    expect(embedder.describe()).toMatchObject({ engine: 'wasm' });
    await embedder.close();
  });
});
