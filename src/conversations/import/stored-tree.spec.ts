import { describe, expect, it } from '@jest/globals';
import { findStored, type TreeMessage } from './stored-tree.js';

/** `words<parent@time`: numbered in their order. Words that begin with ? are not known. */
function tree(...texts: string[]): TreeMessage[] {
  return texts.map((text, i) => {
    const [, words, parent, createdAt = ''] = /^([^<@]+)(?:<(\d+))?(?:@(\d+))?$/.exec(text)!;
    const digest = words!.startsWith('?') ? null : words!;
    const parentSeq = parent === undefined ? i : Number(parent);
    return { seq: i + 1, parentSeq, role: 'user', digest, createdAt };
  });
}
const find = (stored: string[], source: string[]) =>
  findStored(tree(...stored), tree(...source)).slice(1);

describe('finding the messages of a source in a conversation', () => {
  it('finds them whatever their order, and what is new', () => {
    expect(find(['a', 'b', 'c'], ['a', 'b', 'c'])).toEqual([1, 2, 3]);
    expect(find(['a', 'y', 'z'], ['a', 'x', 'y<1', 'z'])).toEqual([1, null, 2, 3]);
    expect(find(['a', 'here', 'b<1'], ['a', 'b', 'c'])).toEqual([1, 3, null]);
  });

  it('looks below the same parent only', () => {
    expect(find(['a', 'yes', 'b<1'], ['a', 'b', 'yes'])).toEqual([1, 3, null]);
    expect(find(['a'], ['x', 'a'])).toEqual([null, null]);
    expect(find(['a', 'b'], ['a', 'b', 'a<0', 'b'])).toEqual([1, 2, null, null]);
  });

  it('tells twins apart by their times, and finds each once', () => {
    const twins = ['q@0', 'yes<1@1', 'yes<1@2', 'more<3@3'];
    expect(find(twins, ['q@0', 'yes<1@2', 'yes<1@1', 'more<2@3'])).toEqual([1, 3, 2, 4]);
    expect(find(twins, ['q@0', 'yes<1@7', 'yes<1@8', 'yes<1@9'])).toEqual([1, 2, 3, null]);
  });

  it('knows by its time what was erased here or in progress there', () => {
    expect(find(['a@0', '?@1', 'c@2'], ['a@0', 'b@1', 'c@2'])).toEqual([1, 2, 3]);
    expect(find(['a@0', 'b@1'], ['a@0', '?@1'])).toEqual([1, 2]);
    expect(find(['a@0', '?@1'], ['a@0', 'b@9'])).toEqual([1, null]);
  });
});
