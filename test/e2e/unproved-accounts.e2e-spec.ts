// Users who register and never prove their address are removed, and nobody else is.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UNPROVED_DAYS } from '../../src/users/accounts/sweep-unproved.job.js';
import { giveAccount, mailSecret, PASSWORD } from '../support/accounts.js';
import { createTestApp, type TestApp } from '../support/app.js';
import { eventually } from '../support/wait.js';

describe.each(['false', 'true'])('with SEAL_USERS=%s', (SEAL_USERS) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({
      SEAL_USERS,
      REGISTRATION: 'open',
      EMAIL_VERIFICATION: 'true',
      MAIL: 'console',
      ACCOUNT_LINK: 'https://app.example.com/{purpose}?secret={secret}',
      JOB_CONCURRENCY: '1',
    });
  });
  afterAll(() => app?.close());

  const select = async (text: string, ...values: unknown[]) =>
    (await app.database.admin(text, values)).rows;

  const newest = async (): Promise<string | undefined> =>
    (await select(`select id from threadkeep.app_user order by id desc limit 1`))[0]?.[
      'id'
    ] as string;
  /** Fails for an address that is taken, which the answer does not tell. */
  const register = async (name: string): Promise<string> => {
    const before = await newest();
    const account = { email: `${name}@mail.example`, password: PASSWORD };
    await app.anonymous.post('/v1/auth/register', account).expect(201);
    const id = await newest();
    expect(id).not.toBe(before);
    return id!;
  };
  /** As if the user had registered so many days ago. The first mail has been sent. */
  async function age(id: string, days: number): Promise<void> {
    await eventually(async () => (await mailsUnderWay(id)).length === 0);
    await select(
      `with secrets as (update threadkeep.mailed_secret
         set expires_at = now() - make_interval(days => $2 - 1) where user_id = $1),
       accounts as (update threadkeep.account
         set changed_at = now() - make_interval(days => $2) where user_id = $1)
       update threadkeep.app_user set created_at = now() - make_interval(days => $2) where id = $1`,
      id,
      days,
    );
  }
  const mailsUnderWay = (id: string) =>
    select(`select from threadkeep.job where user_id = $1 and status in ('queued', 'running')`, id);
  const askForMail = (name: string) =>
    app.anonymous.post('/v1/auth/verification', { email: `${name}@mail.example` }).expect(204);
  const isThere = async (id: string) => (await app.service.get(`/v1/users/${id}`)).status === 200;

  async function sweep(): Promise<void> {
    const name = 'account.sweep_unproved';
    const [before] = await select(
      `update threadkeep.job set wake_at = now(), due_at = now() where name = $1 and status = 'queued' returning id`,
      name,
    );
    await eventually(async () => {
      const [job] = await select(`select status from threadkeep.job where id = $1`, before!['id']);
      return job?.['status'] === 'completed';
    });
  }

  describe('users who never proved their address', () => {
    it('are removed after a time, and their address is free', async () => {
      const [old, young] = [await register('old'), await register('young')];
      await age(old, UNPROVED_DAYS + 1);
      await age(young, UNPROVED_DAYS - 1);
      await sweep();
      expect([await isThere(old), await isThere(young)]).toEqual([false, true]);
      const { body } = await app.service
        .get(`/v1/admin/audit-log?filter[userId]=${old}&filter[action]=user.removed`)
        .expect(200);
      expect(body.data).toHaveLength(1);
      expect(await register('old')).not.toBe(old);
    });

    it('stay when they have rows or keys, or the application knows them', async () => {
      const [withKey, withRow, changed, proved] = [
        await register('key'),
        await register('row'),
        await register('changed'),
        await register('proved'),
      ];
      await app.service.post('/v1/api-keys', { userId: withKey }).expect(201);
      await select(
        `insert into threadkeep.task (user_id, id, title) values ($1, gen_random_uuid(), 'a task')`,
        withRow,
      );
      await app.service.patch(`/v1/users/${changed}`, { name: 'Ada' }).expect(200);
      await app.service.patch(`/v1/users/${proved}`, { status: 'active' }).expect(200);
      const created = (
        await app.service
          .post('/v1/users', { email: 'created@mail.example', status: 'pending' })
          .expect(201)
      ).body.id as string;
      await giveAccount(app.database, created);
      const all = [withKey, withRow, changed, proved, created];
      for (const id of all) await age(id, 100);
      await sweep();
      for (const id of all) expect(await isThere(id)).toBe(true);
    });

    it('stay when a service gave them another password since', async () => {
      const id = await register('password');
      await age(id, UNPROVED_DAYS + 1);
      await app.service
        .put(`/v1/users/${id}/password`, { password: 'four herons under a bridge' })
        .expect(204);
      await eventually(async () => (await mailsUnderWay(id)).length === 0);
      await sweep();
      expect(await isThere(id)).toBe(true);
    });

    it('stay while the secret of a further mail is valid, or the mail is not sent', async () => {
      const [asked, waiting, expired] = [
        await register('asked'),
        await register('waiting'),
        await register('expired'),
      ];
      for (const id of [asked, waiting, expired]) await age(id, UNPROVED_DAYS + 1);
      await askForMail('asked');
      await eventually(
        async () =>
          (
            await select(
              `select from threadkeep.mailed_secret where user_id = $1 and expires_at > now()`,
              asked,
            )
          ).length === 1,
      );
      await eventually(async () => (await mailsUnderWay(asked)).length === 0);
      await select(
        `insert into threadkeep.job (id, user_id, name, payload, max_attempts, wake_at, due_at)
         values (gen_random_uuid(), $1, 'account.mail', '{"kind":"verify"}', 1,
                 now() + interval '1 day', now() + interval '1 day')`,
        waiting,
      );
      await sweep();
      expect([await isThere(asked), await isThere(waiting), await isThere(expired)]).toEqual([
        true,
        true,
        false,
      ]);
      // The mail has the secret, the database its hash only. So another one is put in its place.
      await select(`delete from threadkeep.mailed_secret where user_id = $1`, asked);
      const secret = await mailSecret(app.database, asked, 'verify', 'asked@mail.example');
      await app.anonymous.post('/v1/auth/confirm', { secret }).expect(204);
      await select(`delete from threadkeep.job where user_id = $1`, waiting);
      await sweep();
      expect(await isThere(waiting)).toBe(false);
    });

    it('are found behind a hundred others who stay', async () => {
      const others = await select(
        `with users as (
         insert into threadkeep.app_user (id, email, status, created_at)
         select (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, n || '@many.example',
                'pending', now() - interval '100 days' from generate_series(1, 120) n returning id),
       accounts as (
         insert into threadkeep.account (user_id, password, awaits_proof, changed_at)
         select id, '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA', true, now() - interval '100 days'
           from users),
       keys as (
         insert into threadkeep.api_key (id, user_id, hash, hint)
         select id, id, sha256(id::text::bytea), 'hint' from users)
       select id from users`,
      );
      const last = await register('last');
      await age(last, 100);
      await sweep();
      expect(await isThere(last)).toBe(false);
      const left = await select(
        `select from threadkeep.app_user where id < $1::uuid`,
        '00001000-0000-7000-8000-000000000000',
      );
      expect(left).toHaveLength(others.length);
    });
  });
});
