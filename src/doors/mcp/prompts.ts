// Agent configurations as prompts: a user's own, and those that the service shares. Of two with one
// name, the user's own counts.
import type { GetPromptResult, ListPromptsResult } from '@modelcontextprotocol/sdk/types.js';
import { systemPromptText } from '../../agent-config/index.js';
import { type OwnAnswer, pathOf } from '../own-api.js';
import { notFound } from './protocol-errors.js';
import type { ToolClient } from './tool.js';
import { objectsIn } from './views.js';

/** Prompts of each owner at most: one page. */
const LIMIT = 100;

export async function listPrompts(client: ToolClient): Promise<ListPromptsResult> {
  const byName = new Map<string, OwnAnswer>();
  for (const config of await configs(client, { limit: LIMIT }))
    if (!byName.has(String(config['name']))) byName.set(String(config['name']), config);
  return {
    prompts: [...byName].map(([name, { description }]) => ({
      name,
      ...(typeof description === 'string' ? { description } : {}),
    })),
  };
}

export async function readPrompt(name: string, client: ToolClient): Promise<GetPromptResult> {
  const [found] = await configs(client, { 'filter[name]': name, limit: 1 });
  if (!found) throw notFound('prompt');
  const path = pathOf`v1/agent-configs/${String(found['id'])}/effective`;
  const config = await client.call({ method: 'GET', path });
  const text = systemPromptText(config as unknown as Parameters<typeof systemPromptText>[0]);
  return { messages: [{ role: 'user', content: { type: 'text', text } }] };
}

/** The user's own, then those of the service. */
async function configs(
  { call }: ToolClient,
  query: Record<string, string | number>,
): Promise<OwnAnswer[]> {
  const paths = ['/v1/agent-configs', '/v1/agent-configs/shared'];
  const pages = await Promise.all(paths.map((path) => call({ method: 'GET', path, query })));
  return pages.flatMap((page) => objectsIn(page));
}
