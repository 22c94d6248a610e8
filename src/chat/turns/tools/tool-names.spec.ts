import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { namedTools } from './tool-names.js';

const LEGAL = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const tool = (server: string, name: string) => ({ server, name });
const names = (...tools: { server: string; name: string }[]) => [
  ...namedTools(tools, new Set(['taken__a'])).keys(),
];

describe("names of servers' tools", () => {
  it('are those of the server and of the tool', () => {
    expect(names(tool('github', 'get-issue'))).toEqual(['github__get-issue']);
  });

  it.each([
    ['of two tools', [tool('a', 'b__c'), tool('a__b', 'c')]],
    ['of the configuration', [tool('x', 'a'), tool('taken', 'a')]],
    ['cut', [tool('s', 'a'.repeat(80)), tool('s', `${'a'.repeat(80)}b`)]],
  ])('get a digest when they would be the same: %s', (_, tools) => {
    const given = names(...tools);
    expect(new Set(given).size).toBe(2);
    expect(given[1]).toMatch(/_[0-9a-f]{8}$/);
  });

  it('leave out the second of two tools that are the same', () => {
    expect(names(tool('s', 'a'), tool('s', 'a'), tool('s', 'b'))).toEqual(['s__a', 's__b']);
  });

  it('are legal, unique, and the same each time', () => {
    const any = fc.record({ server: fc.string({ minLength: 1 }), name: fc.string() });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (tools) => {
        const named = namedTools(tools, new Set());
        for (const name of named.keys()) expect(name).toMatch(LEGAL);
        expect([...namedTools(tools, new Set())]).toEqual([...named]);
        const distinct = new Set(tools.map(({ server, name }) => JSON.stringify([server, name])));
        expect(named.size).toBe(distinct.size);
      }),
    );
  });
});
