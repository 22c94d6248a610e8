import { describe, expect, it } from '@jest/globals';
import { readModelName } from './model-name.js';

const ID = '01a204d2-dfc5-7000-8000-000000000000';
const NONE = {
  model: null,
  agentConfigId: null,
  agentConfigVersion: null,
  agentConfigAlias: null,
};

describe('the name of a model', () => {
  it.each<[string, string[], object | null]>([
    ['openai/gpt-5', ['openai', 'local'], { model: { provider: 'openai', name: 'gpt-5' } }],
    ['local/a/b', ['openai', 'local'], { model: { provider: 'local', name: 'a/b' } }],
    ['gpt-5', ['openai'], { model: { provider: 'openai', name: 'gpt-5' } }],
    ['meta/llama', ['local'], { model: { provider: 'local', name: 'meta/llama' } }],
    ['agent', ['openai', 'local'], {}],
    [`agent:${ID.toUpperCase()}`, ['openai'], { agentConfigId: ID }],
    [`agent:${ID}@prod`, ['openai'], { agentConfigId: ID, agentConfigAlias: 'prod' }],
    [`agent:${ID}@7`, ['openai'], { agentConfigId: ID, agentConfigVersion: 7 }],
    ['gpt-5', ['openai', 'local'], null],
    ['other/gpt-5', ['openai', 'local'], null],
    ['openai/', ['openai', 'local'], null],
    ['/gpt-5', ['openai', 'local'], null],
    ['agent:', ['openai'], null],
    ['agent:prod', ['openai'], null],
    [`agent:${ID}@`, ['openai'], null],
    [`agent:${ID}@0`, ['openai'], null],
    [`agent:${ID}@99999999999`, ['openai'], null],
    ['gpt-5', [], null],
  ])('%s of the providers %j is %j', (text, providers, chosen) => {
    expect(readModelName(text, providers)).toEqual(chosen && { ...NONE, ...chosen });
  });
});
