// Merges of users, and users to merge, for tests.
import { type Caller, type TestApp } from './app.js';
import type { TestDatabase } from './database.js';
import { eventually } from './wait.js';

/** Adds a user without anything, who was merged into the other. @returns the id that the user had */
export async function addMerged(database: TestDatabase, userId: string): Promise<string> {
  const { rows } = await database.admin(
    `with merged as (
       insert into threadkeep.app_user (id, former_id, merged_into, updated_at)
       values (gen_random_uuid(), gen_random_uuid(), $1, '2026-01-01') returning former_id as id)
     insert into threadkeep.merge_undo (user_id, from_id, into_id, expires_at)
     select $1, id, $1, now() + interval '1 day' from merged returning from_id as id`,
    [userId],
  );
  return rows[0]!['id'] as string;
}

/** Requests for merges of an application, whose jobs run. @param app is asked for at each call */
export function mergeCalls(app: () => TestApp) {
  const stateOf = async (jobId: string) =>
    (await app().service.get(`/v1/admin/jobs/${jobId}`).expect(200)).body as Record<
      string,
      unknown
    >;
  const start = async (path: string, body: object) =>
    (await app().service.post(path, body).expect(202)).body.jobId as string;
  return {
    stateOf,
    start,
    /** Waits until the job is completed. @throws Error when it fails */
    run: async (path: string, body: object): Promise<void> => {
      const jobId = await start(path, body);
      await eventually(async () => {
        const { status, error } = await stateOf(jobId);
        if (status === 'failed') throw new Error(JSON.stringify(error));
        return status === 'completed';
      });
    },
    newUser: async (values: string | object) =>
      (
        await app()
          .service.post('/v1/users', typeof values === 'string' ? { externalId: values } : values)
          .expect(201)
      ).body.id as string,
    keyOf: async (userId: string): Promise<Caller> => {
      const { key } = (await app().service.post('/v1/api-keys', { userId }).expect(201)).body;
      return app().anonymous.with({ authorization: `Bearer ${key as string}` });
    },
    /** The configuration as its runner gets it, with the secrets of its MCP servers. */
    secretsOf: async (userId: string, configId: string) =>
      (
        await app()
          .service.get(`/v1/agent-configs/${configId}/effective?userId=${userId}&secrets=true`)
          .expect(200)
      ).text,
  };
}

/** An MCP server with a secret. */
export const sealedServer = (name: string, secret: string) => ({
  name,
  transport: 'http',
  url: 'https://mcp.example/',
  headers: { Authorization: secret },
});
