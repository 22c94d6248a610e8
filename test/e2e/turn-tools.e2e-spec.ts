// Tools of MCP servers that the service runs within a turn.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestApp, type TestApp } from '../support/app.js';
import { McpScripts } from '../support/mcp-scripts.js';
import { REFERENCE, ReferenceServer } from '../support/mcp-servers.js';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.js';
import { MODEL } from '../support/talk.js';
import { call, calling, ended, resultsIn, talkWith } from '../support/tool-talks.js';

const scripts = new McpScripts();
/** Says what it was called with. */
const echo = scripts.add(`
  answerWith((params) => params?.name === undefined
    ? { tools: [{ name: 'say', description: 'Says it.', inputSchema: { type: 'object' } },
                { name: 'fail', inputSchema: { type: 'object' } }] }
    : params.name === 'fail'
      ? { content: [{ type: 'text', text: 'no such place' }], isError: true }
      : { content: [{ type: 'text', text: JSON.stringify(params) }] });`);
const EVERYTHING = [process.execPath, REFERENCE, 'stdio'];

let standIn: ModelStandIn;
let reference: ReferenceServer;
let api: TestApp;
beforeAll(async () => {
  standIn = await startModelStandIn();
  reference = await ReferenceServer.start('streamableHttp');
  api = await createTestApp({
    ...standIn.environment,
    JOB_CONCURRENCY: '2',
    EGRESS_ALLOW: '127.0.0.1',
    MCP_STDIO_COMMANDS: JSON.stringify([EVERYTHING, ...scripts.commands]),
    MCP_CHECK_TIMEOUT: '30',
    MCP_TURN_ROUNDS: '3',
  });
  await api.listen();
});
afterAll(async () => {
  await api.close();
  await reference.stop();
  await standIn.close();
  scripts.remove();
});
beforeEach(() => standIn.forget());

const everything = { transport: 'stdio', command: EVERYTHING[0], args: EVERYTHING.slice(1) };

const toolsSent = (request = 0) =>
  (standIn.requests[request]!.body['tools'] as { function: { name: string } }[] | undefined)?.map(
    (tool) => tool.function.name,
  );

describe('tools of an MCP server that the service runs', () => {
  it.each(['stdio', 'http'])('answer the calls of the model, over %s', async (transport) => {
    const server =
      transport === 'stdio'
        ? everything
        : { transport: 'http', url: `http://127.0.0.1:${reference.port}/mcp` };
    const talk = await talkWith(api, `of ${transport}`, { all: server });
    standIn.next(
      {
        text: ['Wait.'],
        toolCalls: [
          call('all__echo', { message: 'hall' }),
          call('all__get-sum', { a: 2, b: 3 }, 'call_2'),
        ],
      },
      { text: ['In the hall.'] },
    );
    const turn = await ended(talk, 'Where?');
    expect(turn).toMatchObject({ state: 'completed', replySeq: 4, error: null });
    expect(toolsSent()).toContain('all__echo');
    expect((await talk.messages()).map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'tool', 'assistant'],
    ]);
    expect(await resultsIn(talk)).toEqual([
      {
        type: 'tool-result',
        toolCallId: 'call_1',
        toolName: 'all__echo',
        output: { type: 'text', value: 'Echo: hall' },
      },
      expect.objectContaining({
        toolCallId: 'call_2',
        output: { type: 'text', value: expect.stringContaining('5') },
      }),
    ]);
    const sent = JSON.stringify(standIn.requests[1]!.body['messages']);
    expect(sent).toContain('Echo: hall');
    expect(toolsSent(1)).toEqual(toolsSent());
    // Each call of the model tells 10 and 5.
    expect(turn.usage).toMatchObject({ inputTokens: 20, outputTokens: 10 });
    expect(turn.rounds).toHaveLength(1);
    expect((await talk.messages())[2]).toMatchObject({ id: turn.rounds[0]!.resultsId });
    const { manifestId } = turn.rounds[0]!;
    const seen = await talk.user.get(`${talk.path}/context/${manifestId}`).expect(200);
    expect(JSON.stringify(seen.body.messages)).not.toContain('hall');
    const ofRound = await talk.user.get(`/v1/messages/${turn.rounds[0]!.replyId}/context`);
    expect(ofRound.text).toBe(seen.text);
    const ofReply = await talk.user.get(`/v1/messages/${turn.replyId}/context`).expect(200);
    expect(ofReply.text).toContain('Echo: hall');
  });

  it('are not offered by a configuration that does not say so', async () => {
    const talk = await talkWith(api, 'plain', { echo }, { mcp: null });
    standIn.next(calling(call('echo__say')));
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'waiting_for_tools' });
    expect(toolsSent()).toBeUndefined();
  });

  it('are given a name of the call that is the same when it is made again', async () => {
    const talk = await talkWith(api, 'named', { echo });
    standIn.next(calling(call('echo__say', { a: 1 })));
    const turn = await ended(talk, 'Hi');
    const [result] = await resultsIn(talk);
    expect(JSON.parse(result!.output.value)).toMatchObject({
      arguments: { a: 1 },
      _meta: { 'threadkeep/callId': `${turn.rounds[0]!.replyId}.0` },
    });
  });

  it('keep what they were told before, within a turn', async () => {
    const talk = await talkWith(api, 'rounds', { all: everything });
    standIn.next(calling(call('all__echo', { message: 'a' })), calling(call('all__echo')), {
      text: ['Done.'],
    });
    const turn = await ended(talk, 'Hi');
    expect(turn).toMatchObject({ state: 'completed', replySeq: 6 });
    expect(turn.rounds).toHaveLength(2);
    const [first, second] = await resultsIn(talk);
    expect(first!.output).toEqual({ type: 'text', value: 'Echo: a' });
    expect(second!.output.type).toBe('error-text');
  });

  it('end the turn when the model calls them too often', async () => {
    const talk = await talkWith(api, 'often', { echo });
    standIn.next(...Array.from({ length: 5 }, () => calling(call('echo__say'))));
    const turn = await ended(talk, 'Hi');
    expect(turn).toMatchObject({ state: 'interrupted', error: { code: 'turn.too_many_rounds' } });
    expect(turn.rounds).toHaveLength(3);
    expect(standIn.requests).toHaveLength(4);
    standIn.forget();
    expect(await ended(talk, 'And now?')).toMatchObject({ state: 'completed' });
    expect(JSON.stringify(standIn.requests[0]!.body['messages'])).toContain('And now?');
  });

  it('that fail, are unknown or are called wrongly tell the model so', async () => {
    const talk = await talkWith(api, 'wrong', { echo });
    const calls = [
      call('echo__fail'),
      call('echo__none', {}, 'call_2'),
      call('echo__say', ['[1]'], 'call_3'),
    ];
    standIn.next(calling(...calls), { text: ['Sorry.'] });
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'completed' });
    expect((await resultsIn(talk)).map(({ output }) => output)).toEqual([
      { type: 'error-text', value: 'no such place' },
      { type: 'error-text', value: 'There is no tool of this name.' },
      { type: 'error-text', value: 'The input is not a JSON object.' },
    ]);
  });
});

describe('tools of the application beside those of servers', () => {
  const own = { tools: [{ name: 'locate', parameters: { type: 'object' } }] };
  const results = (...ids: string[]) => ({
    messages: ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'north' })),
  });

  it('are waited for, and only they', async () => {
    const talk = await talkWith(api, 'both', { echo }, own);
    standIn.next(calling(call('echo__say'), call('locate', {}, 'call_2')), { text: ['There.'] });
    const turn = await ended(talk, 'Where?');
    expect(turn).toMatchObject({ state: 'waiting_for_tools', rounds: [{ resultsSeq: 3 }] });
    expect((await resultsIn(talk)).map(({ toolCallId }) => toolCallId)).toEqual(['call_1']);
    const path = `${talk.path}/turns/${turn.id}/tool-results`;
    const { body } = await talk.user.post(path, results('call_2', 'call_1')).expect(422);
    expect(body.errors).toMatchObject([{ pointer: '/messages/1' }]);
    await talk.user.post(path, results('call_2')).expect(202);
    expect(await talk.settled(turn)).toMatchObject({ state: 'completed', replySeq: 5, rounds: [] });
    const messages = await talk.messages();
    expect(messages.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'tool', 'tool', 'assistant'],
    ]);
    const sent = JSON.stringify(standIn.requests[1]!.body['messages']);
    for (const part of ['threadkeep/callId', 'north']) expect(sent).toContain(part);
  });

  it('keep their names: a tool of a server with the same name gets another', async () => {
    const talk = await talkWith(api, 'same', { echo }, { tools: [{ name: 'echo__say' }] });
    standIn.next(calling(call('echo__say')));
    expect(await ended(talk, 'Hi')).toMatchObject({ state: 'waiting_for_tools' });
    expect(toolsSent()).toEqual([
      'echo__say',
      expect.stringMatching(/^echo__say_[0-9a-f]{8}$/),
      'echo__fail',
    ]);
  });
});

describe('a configuration', () => {
  it('has the same content whether it says that the application runs tools, or nothing', async () => {
    const user = api.actingFor('digests');
    const plain = await user.post('/v1/agent-configs', { name: 'a' }).expect(201);
    const said = await user
      .post('/v1/agent-configs', { name: 'b', mcp: { runBy: 'client' } })
      .expect(201);
    expect(said.body.mcp).toEqual({ runBy: 'client' });
    expect(plain.body.mcp).toEqual({ runBy: 'client' });
    const path = `/v1/agent-configs/${plain.body.id as string}`;
    const same = await user.patch(path, { mcp: {} }).expect(200);
    expect(same.body.digest).toBe(plain.body.digest);
    const other = await user.patch(path, { mcp: { runBy: 'server' } }).expect(200);
    expect(other.body).toMatchObject({ version: 2, mcp: { runBy: 'server' } });
    const { body } = await user.get(`${path}/effective`).expect(200);
    expect(body.mcp).toEqual({ runBy: 'server' });
    const { body: diff } = await user.get(`${path}/diff?from=1&to=2`).expect(200);
    expect(diff.changes).toMatchObject([{ path: '/mcp' }]);
    const reset = await user.patch(path, { mcp: null }).expect(200);
    expect(reset.body.digest).toBe(plain.body.digest);
    await user.patch(path, { mcp: { runBy: 'nobody' } }).expect(422);
  });
});

describe("another user's MCP server", () => {
  it('is neither offered nor called, by any name', async () => {
    const ada = api.actingFor('ada');
    await ada.post('/v1/mcp-servers', { name: 'echo', ...echo }).expect(201);
    const talk = await talkWith(api, 'mallory', {});
    standIn.next(calling(call('echo__say')), { text: ['No.'] });
    expect(await ended(talk, 'Hi', { model: MODEL })).toMatchObject({ state: 'completed' });
    expect(toolsSent()).toBeUndefined();
    expect(await resultsIn(talk)).toMatchObject([
      { output: { type: 'error-text', value: 'There is no tool of this name.' } },
    ]);
  });
});
