// Lets Claude, which is a stand-in, use the memory tool by the SDK's own runner, and gives the same
// commands to the SDK's memory of local files. Prints the results of both as JSON.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { betaMemoryTool } from '@anthropic-ai/sdk/helpers/beta/memory';
import { BetaLocalFilesystemMemoryTool } from '@anthropic-ai/sdk/tools/memory/node';
import { Threadkeep } from '@threadkeep/client';
import { ThreadkeepMemory } from '@threadkeep/client/claude-memory';

const { BASE_URL: baseUrl, API_KEY: apiKey } = process.env;

/** Says one command of the tool at a time, and then that it is done. Keeps what it is sent. */
function standIn(commands) {
  const requests = [];
  const fetch = async (_, { body }) => {
    requests.push(JSON.parse(body));
    const input = commands[requests.length - 1];
    const content = input
      ? [{ type: 'tool_use', id: `toolu_${requests.length}`, name: 'memory', input }]
      : [{ type: 'text', text: 'Done.' }];
    return Response.json({
      ...{ id: `msg_${randomUUID()}`, type: 'message', role: 'assistant', model: 'claude' },
      ...{ content, stop_reason: input ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { input_tokens: 1, output_tokens: 1 },
    });
  };
  return { requests, client: new Anthropic({ apiKey: 'none', fetch }) };
}

async function resultsOf(handlers, commands) {
  const { requests, client } = standIn(commands);
  const last = await client.beta.messages.toolRunner({
    ...{ model: 'claude', max_tokens: 100, max_iterations: commands.length + 1 },
    messages: [{ role: 'user', content: 'Remember.' }],
    tools: [betaMemoryTool(handlers)],
  });
  const results = requests
    .slice(1)
    .map(({ messages }) => messages.at(-1).content.find(({ type }) => type === 'tool_result'));
  return {
    tools: requests[0].tools,
    text: last.content[0].text,
    results: results.map(({ content, is_error: isError = false }) => ({ content, isError })),
  };
}

let input = '';
for await (const chunk of process.stdin) input += chunk;
const commands = JSON.parse(input);
const directory = await mkdtemp(join(tmpdir(), 'threadkeep-memory-'));
try {
  const local = await resultsOf(await BetaLocalFilesystemMemoryTool.init(directory), commands);
  const user = new Threadkeep({ baseUrl, apiKey }).user('ada');
  const kept = await resultsOf(new ThreadkeepMemory(user), commands);
  console.log(JSON.stringify({ local, kept }));
} finally {
  await rm(directory, { recursive: true });
}
