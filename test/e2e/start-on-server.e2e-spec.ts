import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Api, type Appended } from '../support/api.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Started } from '../support/processes.js';
import { eventually } from '../support/wait.js';

const SECRET = 'hunter2-is-a-secret';

describe('a start on a server of your own', () => {
  let database: TestDatabase;
  const started: Started[] = [];
  beforeEach(async () => {
    database = await createTestDatabase({ template: null });
  });
  afterEach(async () => {
    for (const one of started.splice(0)) if (!one.ended) await one.kill('SIGKILL');
    await database.drop();
  });

  const start = (environment: Record<string, string>): Started => {
    const one = Started.run(environment);
    started.push(one);
    return one;
  };

  async function failure(environment: Record<string, string>): Promise<string> {
    const one = start(environment);
    expect(await one.exit).toEqual({ code: 1, signal: null });
    expect(one.output).toBe('');
    expect(one.errors).not.toContain('    at ');
    expect(one.errors).not.toContain(SECRET);
    const { password } = new URL(database.adminUrl);
    if (password) expect(one.errors).not.toContain(password);
    return one.errors;
  }

  it('migrates as the owner, makes the login that is asked for, and serves as it', async () => {
    const login = `threadkeep_web_${randomBytes(4).toString('hex')}`;
    const url = String(
      Object.assign(new URL(database.adminUrl), { username: login, password: SECRET }),
    );
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    const server = start({
      DATABASE_ADMIN_URL: database.adminUrl,
      DATABASE_URL: url,
      BOOTSTRAP_API_KEY: key,
    });
    const api = new Api(await server.url(), {
      authorization: `Bearer ${key}`,
      'threadkeep-user': 'ada',
    });
    try {
      const { id } = (await api.post<{ id: string }>('/v1/conversations')).body;
      expect(
        (
          await api.post<Appended>(`/v1/conversations/${id}/messages`, {
            role: 'user',
            content: 'hello',
          })
        ).status,
      ).toBe(201);
      const serving = `select distinct usename as login, rolsuper or rolbypassrls as unbound from pg_stat_activity join pg_roles on rolname = usename
                        where datname = current_database() and application_name like 'threadkeep%'`;
      const logins = [
        { login: expect.stringMatching(/^threadkeep_system_\d+_login_\d+$/), unbound: false },
        { login, unbound: false },
      ];
      expect((await database.admin(`${serving} order by 1`)).rows).toEqual(logins);
      expect(server.output).not.toContain(key);
      expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });

      const again = start({ DATABASE_URL: url, DATABASE_ADMIN_URL: database.adminUrl });
      await again.url();
      expect(again.output).not.toContain('service key');
      expect(await again.kill('SIGTERM')).toMatchObject({ code: 0 });
    } finally {
      api.close();
      await database.admin(`drop role ${login}`);
    }
  });

  it('finishes the requests it has when it is told to stop, and takes no more', async () => {
    const key = `tk_${randomBytes(32).toString('base64url')}`;
    const server = start({ DATABASE_ADMIN_URL: database.adminUrl, BOOTSTRAP_API_KEY: key });
    const api = new Api(await server.url(), {
      authorization: `Bearer ${key}`,
      'threadkeep-user': 'ada',
    });
    const { id } = (await api.post<{ id: string }>('/v1/conversations')).body;
    const lock = new pg.Client({ connectionString: database.adminUrl });
    await lock.connect();
    await lock.query('begin');
    await lock.query('select from threadkeep.conversation for update');
    const append = api.post<Appended>(`/v1/conversations/${id}/messages`, {
      role: 'user',
      content: 'the last word',
    });
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await eventually(async () => (await database.admin(waiting)).rowCount === 1);
    const exit = server.kill('SIGTERM');
    await eventually(() =>
      fetch(`${server.output.match(/http\S+/)![0]}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    await lock.query('rollback');
    await lock.end();
    expect((await append).status).toBe(201);
    expect(await exit).toEqual({ code: 0, signal: null });
    api.close();
  });

  it('writes the first key to a file of its own instead of showing it, and starts with a key that was revoked', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'threadkeep-key-'));
    const file = join(directory, 'service.key');
    const environment = { DATABASE_ADMIN_URL: database.adminUrl, SERVICE_KEY_FILE: file };
    await writeFile(file, 'in use');
    const refused = await failure(environment);
    expect(refused).toBe(
      'SERVICE_KEY_FILE is there already: move it away, or set another. No key was made.\n',
    );
    await rm(file);
    const server = start(environment);
    const url = await server.url();
    const key = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(key).toMatch(/^tk_[\w-]{43}$/);
    expect(server.output + server.errors).not.toContain(key);
    const api = new Api(url, { authorization: `Bearer ${key}` });
    const { data } = (await api.get<{ data: { id: string }[] }>('/v1/api-keys')).body;
    expect(data).toHaveLength(1);
    api.close();
    await server.kill('SIGTERM');
    for (const end of [
      'revoked_at = now()',
      `revoked_at = null, created_at = '2020-01-01', expires_at = '2020-01-02'`,
    ]) {
      await database.admin(`update threadkeep.api_key set ${end}`);
      const again = start({ DATABASE_ADMIN_URL: database.adminUrl, BOOTSTRAP_API_KEY: key });
      await again.url();
      expect(again.errors).toBe(
        'The key in BOOTSTRAP_API_KEY was revoked or has expired, and is refused. Set another one, or none.\n',
      );
      expect((await database.admin('select from threadkeep.api_key')).rowCount).toBe(1);
      await again.kill('SIGTERM');
    }
    await rm(directory, { recursive: true });
  });

  it('says what to do when the database was never migrated', async () => {
    const said = await failure({ DATABASE_URL: database.adminUrl });
    expect(said).toContain('was never set up for Threadkeep');
    expect(said).toContain('DATABASE_ADMIN_URL');
  });

  it('names every bad variable at once, and none of their values', async () => {
    const said = await failure({
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      DATABASE_URL: `mysql://ada:${SECRET}@host/db`,
      BOOTSTRAP_API_KEY: SECRET,
    });
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'BOOTSTRAP_API_KEY'])
      expect(said).toContain(`  ${name}: `);
    expect(said).not.toContain('loud');
  });
});
