import { extname } from 'node:path';

/** A module whose default export is a pure function, which a thread of its own can run. */
export interface WorkerTask<Input, Output> {
  readonly url: string;
  /** Never set: carries the types. */
  readonly types?: (input: Input) => Output;
}

/**
 * @param caller `import.meta.url` of the module that calls this
 * @param path of the task's module from there, without its extension: sources and compiled code differ in it
 */
export function workerTask<Input, Output>(caller: string, path: string): WorkerTask<Input, Output> {
  return { url: new URL(`${path}${extname(caller)}`, caller).href };
}
