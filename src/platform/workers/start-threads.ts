import { extname } from 'node:path';
import { Piscina } from 'piscina';

/** An idle thread ends after this time. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Starts a pool that has no thread until there is work. In tests, a thread runs from TypeScript
 * sources, and must load the compiler. It needs nothing from this process's environment.
 */
export function startThreads(
  maxThreads: number,
  options: Pick<
    NonNullable<ConstructorParameters<typeof Piscina>[0]>,
    'niceIncrement' | 'resourceLimits'
  >,
): Piscina {
  const execArgv =
    extname(import.meta.url) === '.ts' ? ['--import', '@swc-node/register/esm-register'] : [];
  return new Piscina({
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_TIMEOUT_MS,
    execArgv,
    env: {},
    recordTiming: false,
    atomics: 'disabled',
    ...options,
  });
}
