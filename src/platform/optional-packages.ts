// Packages that a process loads with the first call, because they take memory and it may never need
// them. After a failed load, `require` tries again; `import()` would fail for ever.
import { createRequire } from 'node:module';
import type * as Redis from 'redis';
import type * as Undici from 'undici';
import type * as Ws from 'ws';

const require = createRequire(import.meta.url);

/** Has 600 files. */
export const nodeRedis = (): typeof Redis => require('redis') as typeof Redis;
export const undici = (): typeof Undici => require('undici') as typeof Undici;
export const ws = (): typeof Ws => require('ws') as typeof Ws;
