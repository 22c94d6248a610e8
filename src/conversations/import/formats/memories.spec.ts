import { describe, expect, it } from '@jest/globals';
import { readAll } from '../../../../test/support/read-source.js';

describe('memories of other products', () => {
  it('are read of mem0, alone or in an answer', () => {
    const memory = {
      id: 'm-1',
      memory: 'Likes tea',
      hash: 'h',
      user_id: 'ada',
      agent_id: 'barista',
      categories: ['food'],
      metadata: { mood: 'calm' },
      created_at: '2025-06-01T10:00:00-07:00',
    };
    const read = {
      kind: 'memory',
      name: 'Likes tea',
      conversation: null,
      isOffered: false,
      body: {
        content: 'Likes tea',
        tags: ['food'],
        agentId: 'barista',
        validFrom: '2025-06-01T17:00:00.000Z',
        metadata: { mood: 'calm', source: 'mem0', hash: 'h', userId: 'ada', importKey: 'mem0:m-1' },
      },
    };
    expect(readAll(memory)).toEqual([read]);
    expect(readAll({ results: [memory], relations: [] })).toEqual([read]);
    expect(readAll([memory, memory])).toEqual([read, read]);
  });

  it('are read of an agent of Letta, with its messages', () => {
    const messages = [
      { id: 'message-0', role: 'system', content: [{ type: 'text', text: 'You help.' }] },
      { role: 'user', content: 'Hi', created_at: '2025-06-01T10:00:00+00:00' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function' }] },
      { role: 'approval', content: null },
    ];
    const blocks = [
      { id: 'block-0', label: 'human', value: 'Name: Ada', description: 'about the user' },
      { id: 'block-1', label: 'other', value: 'of another agent' },
    ];
    const agent = { id: 'agent-0', name: 'helper', block_ids: ['block-0'], messages };
    expect(readAll({ agents: [agent], blocks })).toMatchObject([
      {
        kind: 'memory',
        body: {
          content: 'Name: Ada',
          agentId: 'helper',
          tags: ['human'],
          metadata: { label: 'human', importKey: 'letta:helper/human' },
        },
      },
      {
        kind: 'conversation',
        warnings: ['1 messages of other roles are left out'],
        body: {
          importKey: 'letta:helper/agent-0',
          title: 'helper',
          messages: [
            { role: 'system' },
            { role: 'user', content: 'Hi', createdAt: '2025-06-01T10:00:00.000Z' },
            { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] },
          ],
        },
      },
    ]);
    const old = { name: 'helper', core_memory: blocks.slice(0, 1), messages: [], tools: [] };
    expect(readAll(old)).toMatchObject([{ kind: 'memory', body: { content: 'Name: Ada' } }]);
  });

  it('are read of lines that this program writes', () => {
    expect(readAll({ importKey: 'k', memory: { content: 'x', kind: 'fact' } })).toMatchObject([
      { kind: 'memory', body: { content: 'x', kind: 'fact', metadata: { importKey: 'k' } } },
    ]);
  });
});
