import { describe, expect, it } from '@jest/globals';
import { pointerAt } from './json-pointer-at.js';

describe('the pointer of a value in a JSON text', () => {
  it.each([
    ['1#', ''],
    ['{"a":#1}', '/a'],
    ['{"a":1,"b":[0,{"c":#2}]}', '/b/1/c'],
    ['[[1,2],[3,#4]]', '/1/1'],
    ['{"a":{"b":1},"c":#2}', '/c'],
    ['{"a/b~":[#1]}', '/a~1b~0/0'],
    [String.raw`{"a\"}":"{[,","\u0062":#1}`, '/b'],
    ['{"a":[1,2],#"b":1}', ''],
    ['{"a":{"x":1,"na#me":1}}', '/a'],
    [']],{"a":#1', '/a'],
    ['{"a":"never closed#', '/a'],
    ['{"\\', ''],
  ])('in %s at # is %s', (marked, pointer) => {
    const at = marked.indexOf('#');
    expect(pointerAt(marked.replace('#', ''), at < 0 ? marked.length : at)).toBe(pointer);
  });

  it('ends at the last step that is not too long', () => {
    expect(pointerAt(`{"a":{"${'b'.repeat(600)}":[1]}}`, 612)).toBe('/a');
  });
});
