// Runs the packaged model by onnxruntime-node, in a seventh of the time that the WASM engine takes.
import { readFile } from 'node:fs/promises';
import type { Engine, Weights } from './local-model.js';
import { type ModelConfig, toOnnxModel } from './onnx-model.js';

/** Types of `onnxruntime-node` and `@huggingface/tokenizers`, which may not be installed. */
export interface OnnxRuntime {
  InferenceSession: {
    create: (model: Buffer, options: object) => Promise<Session>;
  };
  Tensor: new (type: 'int64', data: BigInt64Array, shape: number[]) => object;
}
export interface Tokenizers {
  Tokenizer: new (tokenizer: object, config: object) => { encode: (text: string) => Encoded };
}
interface Session {
  run: (inputs: Record<string, object>) => Promise<Record<string, { data: Float32Array }>>;
}
interface Encoded {
  ids: number[];
}

/** One thread: a text is too short to divide. Without an arena, memory is given back. */
const SESSION_OPTIONS = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  enableCpuMemArena: false,
  executionProviders: ['cpu'],
};

export async function createOnnxEngine(
  { InferenceSession, Tensor }: OnnxRuntime,
  { Tokenizer }: Tokenizers,
  { weightsPath, configPath, tokenizerPath, maxTokens }: Weights,
): Promise<Engine> {
  const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as object;
  const config = (await readJson(configPath)) as ModelConfig;
  const model = toOnnxModel(await readFile(weightsPath), config);
  const session = await InferenceSession.create(model, SESSION_OPTIONS);
  const tokenizer = new Tokenizer(await readJson(tokenizerPath), {});

  return async (text) => {
    const { ids } = tokenizer.encode(text);
    // The last piece marks the end of the text.
    const pieces = ids.length > maxTokens ? [...ids.slice(0, maxTokens - 1), ids.at(-1)!] : ids;
    const tensor = (values: number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
    const { vector } = await session.run({
      ids: tensor(pieces),
      positions: tensor(pieces.map((_, position) => position)),
    });
    return vector!.data;
  };
}
