// Makes users, agent configurations and their effective form, for the specs of what runners get.
import { type Caller, type TestApp } from './app.js';

export const PATH = '/v1/agent-configs';
/** A remote MCP server. */
export const REMOTE = { transport: 'http', url: 'https://mcp.example/mcp' };

export interface RunnerUser {
  id: string;
  externalId: string;
  /** A service key that acts for the user. */
  service: Caller;
  /** The user's own key. */
  own: Caller;
}

let names = 0;

export async function createRunnerUser(app: TestApp): Promise<RunnerUser> {
  const externalId = `runner ${++names}`;
  const { id } = (await app.service.post('/v1/users', { externalId }).expect(201)).body;
  const { key } = (await app.service.post('/v1/api-keys', { userId: id }).expect(201)).body;
  return {
    id,
    externalId,
    service: app.actingFor(externalId),
    own: app.anonymous.with({ authorization: `Bearer ${key}` }),
  };
}

/** @returns the id of a new agent configuration */
export const createConfig = async (who: Caller, body: object = {}, path = PATH): Promise<string> =>
  (await who.post(path, { name: `agent ${++names}`, ...body }).expect(201)).body.id as string;

/** @returns the id of a new configuration of the service that users can read */
export async function createSharedConfig(app: TestApp, body: object = {}): Promise<string> {
  const path = '/v1/admin/agent-configs';
  const id = await createConfig(app.service, { systemPrompt: 'You serve.', ...body }, path);
  await app.service.post(`${path}/${id}/share`).expect(200);
  return id;
}

export const effectiveConfig = async (who: Caller, id: string, query = '') =>
  (await who.get(`${PATH}/${id}/effective${query}`).expect(200)).body;
