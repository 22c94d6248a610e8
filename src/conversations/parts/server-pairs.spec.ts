import { describe, expect, it } from '@jest/globals';
import { type Part, textPart } from './part.js';
import { serverPairs } from './server-pairs.js';

const call = (callId: string | null, name = 'search'): Part => ({
  ...{ kind: 'server-tool-call', callId, name, input: {} },
  ...{ dialect: 'anthropic', original: {} },
});
const result = (callId: string | null, name = 'search'): Part => ({
  ...{ kind: 'server-tool-result', callId, name, output: [], isError: false },
  ...{ dialect: 'anthropic', original: {} },
});

describe('pairs of server tools', () => {
  it.each<[string, Part[], number[]]>([
    ['pairs a call with its result', [call('a'), textPart('x'), result('a')], [0, 2]],
    ['leaves a call without a result', [call('a'), call('b'), result('b')], [1, 2]],
    ['leaves a result before its call', [result('a'), call('a')], []],
    ['leaves a second result', [call('a'), result('a'), result('a')], [0, 1]],
    ['pairs by name without ids', [call(null), call(null, 'run'), result(null)], [0, 2]],
  ])('%s', (_, parts, indexes) => {
    expect([...serverPairs(parts)].map((part) => parts.indexOf(part)).sort()).toEqual(indexes);
  });
});
