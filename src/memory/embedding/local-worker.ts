// The thread of the local model: one text in, one vector out.
// The engine computes synchronously for a tenth of a second per text, so it must not share a thread
// with requests.
import { parentPort, workerData } from 'node:worker_threads';
import { quantise } from './embedder.js';
import { type EngineName, loadEngine, type LocalPackages, MissingPackage } from './engine.js';

/** The answer to a text. `missing` names a package that is not installed: a retry does not help. */
export type WorkerAnswer =
  { vector: Int8Array; engine: EngineName } | { failed: true } | { missing: string };

let engine: ReturnType<typeof loadEngine> | undefined;

async function answerTo(text: string): Promise<WorkerAnswer> {
  try {
    const { name, embed } = await (engine ??= loadEngine(workerData as LocalPackages));
    return { vector: quantise(await embed(text)), engine: name };
  } catch (error) {
    // The error itself is not sent: it may quote the text.
    return error instanceof MissingPackage ? { missing: error.message } : { failed: true };
  }
}

parentPort!.on(
  'message',
  (text: string) => void answerTo(text).then((answer) => parentPort!.postMessage(answer)),
);
