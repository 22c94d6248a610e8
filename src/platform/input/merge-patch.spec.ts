import { describe, expect, it } from '@jest/globals';
import { mergePatch } from './merge-patch.js';

/** The objects of appendix A of RFC 7396: target, patch, result. */
const EXAMPLES: [string, string, string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

describe('a merge patch', () => {
  it.each(EXAMPLES)('of %s by %s is %s', (target, patch, result) => {
    const [before, change] = [JSON.parse(target), JSON.parse(patch)] as [
      unknown,
      Record<string, unknown>,
    ];
    expect(JSON.stringify(mergePatch(before, change))).toBe(result);
    expect(JSON.stringify([before, change])).toBe(`[${target},${patch}]`);
  });

  it('treats names of prototypes as any other', () => {
    const names = '{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}';
    const patch = JSON.parse(names) as Record<string, unknown>;
    expect(JSON.stringify(mergePatch({}, patch))).toBe(names);
    expect(
      JSON.stringify(mergePatch(patch, JSON.parse('{"__proto__":null}') as object as never)),
    ).toBe('{"constructor":{"prototype":{"b":2}}}');
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it.each([10_000, 20_000])('takes one look at each of %d fields', (count) => {
    const fields = (value: (n: number) => unknown) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value(n)]));
    let looks = 0;
    const patch = new Proxy(
      fields((n) => n),
      {
        get: (object, name: string) => {
          looks++;
          return object[name];
        },
      },
    );
    expect(
      mergePatch(
        fields(() => 'old'),
        patch,
      ),
    ).toEqual(fields((n) => n));
    expect(looks).toBeLessThanOrEqual(2 * count);
  });
});
