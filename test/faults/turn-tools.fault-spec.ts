// Turns whose tools the service runs, while its process is killed again and again: each call that was
// stored has its result behind it, no result is stored twice, and each turn ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api } from '../support/api.js';
import { McpScripts } from '../support/mcp-scripts.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { numberFromEnvironment, Seeded } from '../support/seeded.js';
import { Storm } from '../support/storm.js';

const SEED = numberFromEnvironment('SEED', Date.now() % 1_000_000);
const KILLS = numberFromEnvironment('KILLS', 3);
const CLIENTS = 4;
/** Milliseconds after which a turn whose process is gone has been taken over, on a busy machine, too. */
const PATIENCE_MS = 90_000;
const FINAL = ['completed', 'failed', 'cancelled', 'interrupted'];

interface Turn {
  id: string;
  state: string;
  replyId: string;
  rounds: { replyId: string; resultsId: string }[];
}
interface Message {
  id: string;
  role: string;
  content: string | { type: string; toolCallId: string }[];
  status?: string;
}

async function messagesOf(api: Api, path: string): Promise<Message[]> {
  const all: Message[] = [];
  for (let cursor = ''; ;) {
    const { body } = await api.read<{ data: Message[]; nextCursor: string | null }>(
      `${path}/messages?order=asc&limit=100${cursor}`,
    );
    all.push(...body.data);
    if (body.nextCursor === null) return all;
    cursor = `&cursor=${body.nextCursor}`;
  }
}

const scripts = new McpScripts();
/** A tool that takes its time, so that many are killed while it runs. */
const slow = scripts.add(`
  const tools = [{ name: 'wait', inputSchema: { type: 'object' } }];
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method } = JSON.parse(line);
    if (id === undefined) return;
    const tell = (result) => say({ jsonrpc: '2.0', id, result });
    if (method === 'initialize') tell(hello);
    else if (method === 'tools/list') tell({ tools });
    else setTimeout(() => tell({ content: [{ type: 'text', text: 'done' }] }), 700);
  });`);

describe('turns with tools in a storm', () => {
  let standIn: ModelStandIn;
  let storm: Storm;
  beforeAll(async () => {
    standIn = await startModelStandIn();
    // The model calls a tool again and again; after two rounds the turn ends by the limit.
    standIn.fallback = {
      text: ['Wait.'],
      toolCalls: [{ id: 'call_1', name: 's__wait', input: {} }],
      delayMs: 40,
    };
    storm = await Storm.start({
      ...standIn.environment,
      JOB_CONCURRENCY: '2',
      MCP_STDIO_COMMANDS: JSON.stringify(scripts.commands),
      MCP_TURN_ROUNDS: '2',
    });
  });
  afterAll(async () => {
    await storm?.stop();
    await standIn?.close();
    scripts.remove();
  });

  it('end, each with the results of its calls', async () => {
    console.log(`SEED=${SEED}`);
    const told: { path: string; who: number; turn: Turn }[] = [];
    const chat = async (who: number) => {
      const api = new Api(storm.url, storm.headers(`user-${who}`), 2);
      const insist = async (path: string, body: object, key: string) => {
        const answer = await api.insist<{ id: string }>(path, body, `${who}-${key}`);
        if (answer.status > 299) throw new Error(JSON.stringify(answer.body));
        return answer.body;
      };
      const content = { name: 'guide', mcp: { runBy: 'server' } };
      const { id: agentConfigId } = await insist('/v1/agent-configs', content, 'config');
      await insist('/v1/mcp-servers', { name: 's', agentConfigId, ...slow }, 'server');
      const talk = await insist('/v1/conversations', { agentConfigId }, 'talk');
      const path = `/v1/conversations/${talk.id}`;
      // Goes on in the calm after the storm until a turn came to its limit.
      for (let n = 0, isWhole = false; storm.kills < KILLS || !isWhole; n++) {
        const asked = {
          messages: [{ role: 'user', content: `question ${n}` }],
          model: { provider: 'stand-in', name: 'a-model' },
          onCrash: n % 3 ? 'retry' : 'interrupt',
        };
        const { id } = await insist(`${path}/turns`, asked, `turn-${n}`);
        let turn: Turn;
        const begun = Date.now();
        do {
          if (Date.now() > begun + PATIENCE_MS) throw new Error(`${id} does not end`);
          await new Promise((resolve) => setTimeout(resolve, 200));
          turn = (await api.read<Turn>(`${path}/turns/${id}`)).body;
        } while (!FINAL.includes(turn.state));
        isWhole = turn.rounds.length === 2;
        told.push({ path, who, turn });
      }
      api.close();
    };
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, who) => chat(who)));
    await storm.over(new Seeded(SEED), clients, { kills: [4_000, 7_000], crashes: 25_000 });

    const states: Record<string, number> = {};
    const wrong: unknown[] = [];
    for (let who = 0; who < CLIENTS; who++) {
      const ours = told.filter((one) => one.who === who);
      const api = new Api(storm.url, storm.headers(`user-${who}`));
      const messages = await messagesOf(api, ours[0]!.path);
      api.close();
      const expected = ours.flatMap(({ turn }) => [
        'user',
        ...turn.rounds.flatMap(({ replyId, resultsId }) => [replyId, resultsId]),
        turn.replyId,
      ]);
      const seen = messages.map(({ role, id }) => (role === 'user' ? role : id));
      if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push({ seen, expected });
      for (const message of messages) {
        const isWhole =
          message.role !== 'tool' ||
          (Array.isArray(message.content) &&
            message.content.map(({ toolCallId }) => toolCallId).join() === 'call_1');
        if (!isWhole || message.status === 'in_progress') wrong.push(message);
      }
      for (const { turn } of ours) states[turn.state] = (states[turn.state] ?? 0) + 1;
    }
    const whole = told.filter(({ turn }) => turn.rounds.length === 2).length;
    console.log(`${told.length} turns, ${whole} with both rounds`, storm.kills, states);
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(whole).toBeGreaterThan(0);
  });
});
