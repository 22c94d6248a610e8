// The thread of the local model: one text comes in, one vector goes out. The engine computes synchronously, for a tenth of a second
// a text, so it may not share a thread with requests.
import { parentPort, workerData } from 'node:worker_threads';
import { quantise } from './embedder.js';

/** What the thread answers to a text. `missing` names a package that is not there: trying again does not help. */
export type WorkerAnswer = { vector: Int8Array } | { failed: true } | { missing: string };

interface Engine {
  embed(texts: string[]): Promise<number[][]>;
}
interface EnginePackage {
  createEmbedder(options: { model: unknown }): Promise<Engine>;
}

class MissingPackage extends Error {}

// By names that the compiler does not follow: the packages are optional, and the build does without them.
async function load(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    // By its message: loaders that are not Node's own give it no code.
    if (/^Cannot find (package|module)/.test((error as Error).message))
      throw new MissingPackage(name);
    throw error;
  }
}

async function createEngine(names: { engine: string; weights: string }): Promise<Engine> {
  const [engine, weights] = await Promise.all([load(names.engine), load(names.weights)]);
  return (engine as EnginePackage).createEmbedder({
    model: (weights as { default: unknown }).default,
  });
}

let engine: Promise<Engine> | undefined;

async function answerTo(text: string): Promise<WorkerAnswer> {
  try {
    const [vector] = await (
      await (engine ??= createEngine(workerData as Parameters<typeof createEngine>[0]))
    ).embed([text]);
    return { vector: quantise(vector!) };
  } catch (error) {
    // Not the error itself: it may quote the text.
    return error instanceof MissingPackage ? { missing: error.message } : { failed: true };
  }
}

parentPort!.on(
  'message',
  (text: string) => void answerTo(text).then((answer) => parentPort!.postMessage(answer)),
);
