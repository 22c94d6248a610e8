// The thread of the local model: one text in, one vector out.
// The engine computes synchronously for a tenth of a second per text, so it must not share a thread
// with requests.
import { parentPort, workerData } from 'node:worker_threads';
import { quantise } from './embedder.js';

/** The answer to a text. `missing` names a package that is not installed: a retry does not help. */
export type WorkerAnswer = { vector: Int8Array } | { failed: true } | { missing: string };

interface Engine {
  embed(texts: string[]): Promise<number[][]>;
}
interface EnginePackage {
  createEmbedder(options: { model: unknown }): Promise<Engine>;
}

class MissingPackage extends Error {}

// Imported by variable names, so that the build does not need these optional packages.
async function load(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    // Recognised by message: loaders other than Node's own set no code.
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
    // The error itself is not sent: it may quote the text.
    return error instanceof MissingPackage ? { missing: error.message } : { failed: true };
  }
}

parentPort!.on(
  'message',
  (text: string) => void answerTo(text).then((answer) => parentPort!.postMessage(answer)),
);
