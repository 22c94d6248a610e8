// Conversations with MCP servers whose tools the service runs.
import type { TestApp } from './app.js';
import { Talk, type Turn } from './talk.js';

export interface TurnWithTools extends Turn {
  rounds: {
    replyId: string;
    replySeq: number;
    resultsId: string;
    resultsSeq: number;
    manifestId: string;
  }[];
  usage: { inputTokens: number; outputTokens: number } | null;
  replyCache: { hit: boolean; savedTokens: number | null } | null;
}

/** A part with the result of a tool. */
export interface ResultPart {
  toolCallId: string;
  toolName: string;
  output: { type: string; value: string };
}

/**
 * Begins a conversation with a configuration whose servers the service runs.
 * @param servers by their names, as a request to save one has them
 * @param fields of the configuration
 */
export async function talkWith(
  api: TestApp,
  user: string,
  servers: Record<string, object>,
  fields: object = {},
): Promise<Talk> {
  const caller = api.actingFor(user);
  const content = { name: 'guide', mcp: { runBy: 'server' }, ...fields };
  const { body } = await caller.post('/v1/agent-configs', content).expect(201);
  const agentConfigId = body.id as string;
  for (const [name, server] of Object.entries(servers))
    await caller.post('/v1/mcp-servers', { name, agentConfigId, ...server }).expect(201);
  return Talk.begin(api, user, { agentConfigId });
}

/** Asks, and resolves when the turn has ended or waits for results. */
export async function ended(
  talk: Talk,
  content: string,
  fields: object = {},
): Promise<TurnWithTools> {
  return (await talk.settled(await talk.turn(content, fields))) as TurnWithTools;
}

/** The results of tools, of all messages of a conversation. */
export async function resultsIn(talk: Talk): Promise<ResultPart[]> {
  return (await talk.messages())
    .filter(({ role }) => role === 'tool')
    .flatMap(({ content }) => content as ResultPart[]);
}

/** A call of a tool, for a script of the stand-in. */
export const call = (name: string, input: object | string[] = {}, id = 'call_1') => ({
  id,
  name,
  input,
});
export const calling = (...toolCalls: ReturnType<typeof call>[]) => ({ toolCalls });
