import { describe, expect, it } from '@jest/globals';
import { type Content, contentOf } from './content.js';

const EMPTY = {
  description: null,
  tags: [],
  model: null,
  parameters: {},
  systemPrompt: null,
  tools: [],
  memory: { enabled: true, limit: 5, blocks: true, blocksAs: 'data' },
  context: { budgetTokens: null },
};
const CONTENT: Content = {
  ...EMPTY,
  name: 'support',
  tags: ['a'],
  systemPrompt: 'You serve.',
  memory: { enabled: false, limit: 1, blocks: false, blocksAs: 'data' },
};

describe('the content of a configuration', () => {
  it('of a name alone has the defaults', () => {
    expect(contentOf({ name: 'support' }, null)).toEqual({ name: 'support', ...EMPTY });
  });

  it('is changed in the parts that are sent', () => {
    const tools = [{ name: 'get_weather', parameters: { type: 'object', n: 1.5 } }];
    expect(contentOf({ tools, description: 'x' }, CONTENT)).toEqual({
      ...CONTENT,
      tools,
      description: 'x',
    });
  });

  it('gets the default of a part that is null, but keeps its name', () => {
    const changes = { name: null, tags: null, systemPrompt: null, memory: null };
    expect(contentOf(changes, CONTENT)).toEqual({ ...EMPTY, name: 'support' });
  });

  it('gets the defaults of the fields that a policy leaves out, whatever they were before', () => {
    expect(contentOf({ memory: { limit: 3 }, context: {} }, CONTENT)).toEqual({
      ...CONTENT,
      memory: { enabled: true, limit: 3, blocks: true, blocksAs: 'data' },
      context: { budgetTokens: null },
    });
  });
});
