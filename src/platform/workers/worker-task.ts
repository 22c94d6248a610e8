import { extname } from 'node:path';

/** A module whose default export is a pure function that a thread can run. */
export interface WorkerTask<Input, Output> {
  readonly url: string;
  /** Never set; carries the types. */
  readonly types?: (input: Input) => Output;
}

/**
 * Names a task for `WorkerPool.run`.
 * @param caller `import.meta.url` of the calling module
 * @param path the task's module, relative to the caller, without an extension. It gets the
 * extension of the caller, which differs between sources and compiled code
 */
export function workerTask<Input, Output>(caller: string, path: string): WorkerTask<Input, Output> {
  return { url: new URL(`${path}${extname(caller)}`, caller).href };
}
