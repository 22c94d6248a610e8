// Breaks the connections that serve requests at random call sites, as a seed says: before something is sent, after, or in the answer.
import type pg from 'pg';
import { CheckedClient } from '../../src/platform/database/connections/checked-client.js';
import { connectionOf } from '../../src/platform/database/connections/scoped-query.js';
import type { Seeded } from './seeded.js';

type Query = (this: pg.Client, ...args: never[]) => unknown;

/** Milliseconds in which the server does what it was sent. */
const SERVED = 10;

const faults = {
  /** It breaks before anything is sent. */
  broken: (client: pg.Client, query: () => unknown) => {
    connectionOf(client).stream.destroy();
    return query();
  },
  /** What was sent is done, and nobody hears of it. */
  lost: (client: pg.Client, query: () => unknown) => {
    const { stream } = connectionOf(client);
    stream.pause();
    setTimeout(() => stream.destroy(), SERVED);
    return query();
  },
  /** The same by a network that goes silent, and is given up. */
  silent: (client: pg.Client, query: () => unknown) => {
    const { connectionParameters } = client as unknown as {
      connectionParameters: { query_timeout: number };
    };
    connectionOf(client).stream.pause();
    connectionParameters.query_timeout = SERVED;
    return query();
  },
};
export type Fault = keyof typeof faults;
const kinds = Object.keys(faults) as Fault[];

/** What happens to a call; null for nothing. The text is empty for a pipelined connection. */
export type Choose = (text: string) => Fault | null;

/** A `share` of all calls fails, in one of three ways. */
export const atRandom =
  (random: Seeded, share: number): Choose =>
  () =>
    random.chance(share) ? random.pick(kinds) : null;

/** @returns how often each happened, and what ends it. */
export function injectFaults(choose: Choose): { counts: Record<Fault, number>; stop: () => void } {
  const { prototype } = CheckedClient as unknown as { prototype: { query?: Query } };
  const counts: Record<Fault, number> = { broken: 0, lost: 0, silent: 0 };
  const original = Object.getPrototypeOf(CheckedClient.prototype) as { query: Query };
  prototype.query = function (this: pg.Client, ...args: never[]): unknown {
    const query = () => original.query.apply(this, args);
    const kind = choose(textOf(args[0]));
    if (kind === null) return query();
    counts[kind]++;
    return faults[kind](this, query);
  };
  return { counts, stop: () => delete prototype.query };
}

const textOf = (query: string | { text?: string } | undefined): string =>
  typeof query === 'string' ? query : (query?.text ?? '');
