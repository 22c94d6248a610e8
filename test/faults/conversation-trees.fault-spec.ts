// Random operations on conversations while everything is killed, held against plain trees in memory.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';
import { TreeClient } from '../support/tree-client.js';
import { Wire } from '../support/wire.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const OPERATIONS = numberFromEnvironment('OPERATIONS', 3_000);
/** Milliseconds from one kill or crash to the next. More of them are for longer runs. */
const CALM_MS = numberFromEnvironment('CALM_MS', 2_000);
const CLIENTS = 12;

describe('conversations in a storm', () => {
  let storm: Storm;
  beforeAll(async () => {
    storm = await Storm.start();
  });
  afterAll(() => storm?.stop());

  it(
    'are what plain trees are, after appends, branches, moves, growth, erasures, forks and imports',
    async () => {
      console.log(`SEED=${SEED}`);
      const wire = new Wire(storm.url, CLIENTS * 4);
      // Two clients share a user.
      const clients = Array.from({ length: CLIENTS }, (_, i) => {
        const headers = storm.headers(`user-${i >> 1}`);
        return new TreeClient(wire, headers, new Seeded(SEED + i), `${SEED}-${i}`);
      });
      const done = () => clients.reduce((total, { operations }) => total + operations, 0);
      const work = async (client: TreeClient) => {
        while (done() < OPERATIONS || storm.kills === 0 || storm.crashes === 0)
          await client.round();
      };
      await storm.over(new Seeded(SEED), Promise.all(clients.map(work)), {
        kills: [CALM_MS * 0.75, CALM_MS * 1.25],
        crashes: CALM_MS * 3,
      });
      for (const client of clients) await client.compareAll();
      wire.close();
      const repeated = clients.reduce((total, client) => total + client.repeated, 0);
      console.log(
        `${done()} operations, ${repeated} sent again, ${storm.kills} kills, ${storm.crashes} crashes`,
      );
      expect(done()).toBeGreaterThanOrEqual(OPERATIONS);
    },
    600_000 + OPERATIONS * 60,
  );
});
