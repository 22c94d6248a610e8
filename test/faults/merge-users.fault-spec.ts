// Guests write while they are merged into accounts and parted again, the process is killed and PostgreSQL crashes: what was acknowledged is there once, and nothing half.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Appended } from '../support/api.js';
import { withClient } from '../support/database.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';
import { eventually } from '../support/wait.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const SECONDS = numberFromEnvironment('SECONDS', 30);
const KILLS = numberFromEnvironment('KILLS', 5);
/** Pairs of users that are merged at a time. */
const PAIRS = 3;
const PATIENCE_MS = 240_000;
/** Messages that a guest has when the merge begins. */
const MESSAGES = 300;

interface Pair {
  name: string;
  account: string;
  guest: string;
  /** The conversation of the guest. */
  path: string;
  isUndone: boolean;
  /** Contents of messages and titles of tasks that were answered with 201. */
  acknowledged: string[];
  /** The same of those that were answered with 404. */
  refused: string[];
}

describe('merges of users in a storm', () => {
  let storm: Storm;
  beforeAll(async () => {
    storm = await Storm.start({ JOB_CONCURRENCY: '2' });
  });
  afterAll(() => storm?.stop());

  /** Writes in the conversation of the guest, and perhaps tasks, until `isDone`, and once more. */
  async function write(
    { path, acknowledged, refused }: Pair,
    name: string,
    { isDone, last, tasks }: { isDone: () => boolean; last: number; tasks: boolean },
  ) {
    const api = new Api(storm.url, storm.headers(name), 2);
    const insist = async (kind: string, at: string, body: object, text: string) => {
      const { status } = await api.insist<Appended>(
        at,
        body,
        `${text} ${kind}`.replaceAll(' ', '-'),
      );
      // A request that began before finds no user or no conversation: 404 is no promise.
      expect([201, 404]).toContain(status);
      (status === 201 ? acknowledged : refused).push(`${kind} ${text}`);
      return status;
    };
    const run = randomUUID().slice(0, 8);
    for (let n = 0, isLast = false; !isLast; n++) {
      isLast = isDone();
      const text = `${name} writes ${n} in ${run}`;
      const message = { messages: [{ role: 'user', content: text }] };
      const statuses = [await insist('message', path, message, text)];
      if (tasks) statuses.push(await insist('task', '/v1/tasks', { title: text }, text));
      if (isLast) expect(statuses).toEqual(statuses.map(() => last));
    }
    api.close();
  }

  const asAdmin = () => new Api(storm.url, { authorization: `Bearer ${storm.serviceKey}` }, 2);

  /** Runs a job of the service to its end, while others write. */
  async function during(
    path: string,
    body: object,
    key: string,
    writing: (isDone: () => boolean) => Promise<unknown>,
  ): Promise<void> {
    const admin = asAdmin();
    let done = false;
    const written = writing(() => done);
    try {
      const begun = await admin.insist<{ jobId: string }>(path, body, key);
      expect(begun.status).toBe(202);
      await eventually(async () => {
        const job = await admin.read<{ status: string }>(`/v1/admin/jobs/${begun.body.jobId}`);
        if (job.body.status === 'failed') throw new Error(JSON.stringify(job.body));
        return job.body.status === 'completed';
      }, PATIENCE_MS);
    } catch (error) {
      // Else what the writer expects after the job would hide why it failed.
      written.catch(() => undefined);
      throw error;
    } finally {
      done = true;
      admin.close();
    }
    await written;
  }

  async function createPair(name: string): Promise<Pair> {
    const admin = asAdmin();
    const create = async (externalId: string) =>
      (await admin.insist<{ id: string }>('/v1/users', { externalId }, `${externalId}-user`)).body
        .id;
    const guestName = `guest-${name}`;
    const [account, guest] = [await create(`account-${name}`), await create(guestName)];
    const own = new Api(storm.url, storm.headers(guestName), 2);
    const talk = await own.insist<{ id: string }>('/v1/conversations', {}, `${name}-talk`);
    const path = `/v1/conversations/${talk.body.id}/messages`;
    const messages = Array.from({ length: MESSAGES / 3 }, (_, i) => ({
      role: 'user',
      content: `${guestName} said ${i}`,
    }));
    for (let i = 0; i < 3; i++) await own.insist(path, { messages }, `${name}-${i}`);
    for (const api of [admin, own]) api.close();
    return { name, account, guest, path, isUndone: false, acknowledged: [], refused: [] };
  }

  async function merge(pair: Pair): Promise<void> {
    const guest = `guest-${pair.name}`;
    await during(
      `/v1/users/${pair.account}/merge`,
      { from: guest },
      `${pair.name}-merge`,
      (isDone) => write(pair, guest, { isDone, last: 201, tasks: true }),
    );
  }

  async function undo(pair: Pair): Promise<void> {
    const { name, account, guest } = pair;
    await during(`/v1/users/${account}/merge/undo`, { from: guest }, `${name}-undo`, (isDone) =>
      Promise.all([
        write(pair, `guest-${name}`, { isDone, last: 201, tasks: false }),
        write(pair, `account-${name}`, { isDone, last: 404, tasks: false }),
      ]),
    );
    pair.isUndone = true;
  }

  it('move all or nothing, and lose no acknowledged write', async () => {
    console.log(`SEED=${SEED}`);
    const merged: Pair[] = [];
    const isOn = Storm.isOn(SECONDS, () => storm.kills >= KILLS && storm.crashes > 0);
    const worker = async (w: number) => {
      for (let n = 0; isOn(); n++) {
        const pair = await createPair(`${w}-${n}`);
        await merge(pair);
        // One of the workers: an undo waits for the jobs and turns of both users, and tries again later.
        if (w === 0 && n % 2 === 0) await undo(pair);
        merged.push(pair);
      }
    };
    const work = Promise.all(Array.from({ length: PAIRS }, (_, w) => worker(w)));
    await storm.over(new Seeded(SEED), work, { kills: [6_000, 12_000], crashes: 20_000 });
    console.log({ merged: merged.length, kills: storm.kills, crashes: storm.crashes });

    await withClient(storm.databaseUrl, async (client) => {
      for (const { account, guest, path, isUndone, acknowledged, refused } of merged) {
        const { rows } = await client.query<{ owner: string; text: string }>(
          `select user_id as owner, 'message ' || content as text from threadkeep.message
            where user_id = any ($1) and content like '%writes%'
           union all
           select user_id, 'task ' || title from threadkeep.task where user_id = any ($1)`,
          [[account, guest]],
        );
        // Tasks were written before the undo, by the account: some before the merge, and so go back.
        const messages = rows.filter(({ text }) => text.startsWith('message'));
        const owner = isUndone ? guest : account;
        expect(new Set(messages.map((row) => row.owner))).toEqual(new Set([owner]));
        if (!isUndone) expect(new Set(rows.map((row) => row.owner))).toEqual(new Set([account]));
        // A write of the account whose answer was lost, and which was asked for again after the undo.
        const found = rows.map(({ text }) => text).filter((text) => !refused.includes(text));
        expect(found.sort()).toEqual(acknowledged.sort());
        const owned = await client.query<{ owners: string[]; kept: number; ids: string[] }>(
          `select (select array_agg(distinct user_id::text) from threadkeep.message
                    where conversation_id = $3) as owners,
                  (select count(*)::integer from threadkeep.merge_undo where from_id = $2) as kept,
                  array(select id::text from threadkeep.app_user where id in ($1, $2)) as ids`,
          [account, guest, path.split('/')[3]],
        );
        expect(owned.rows[0]).toEqual({
          owners: [owner],
          kept: isUndone ? 0 : 1,
          ids: expect.arrayContaining(isUndone ? [account, guest] : [account]),
        });
      }
    });
    expect(merged.some(({ isUndone }) => isUndone)).toBe(true);
    expect(merged.length).toBeGreaterThan(0);
  }, 600_000);
});
