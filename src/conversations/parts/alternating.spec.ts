import { describe, expect, it } from '@jest/globals';
import { type Block, type Side, addSide, trimEnds, trimLastText } from './alternating.js';

type Role = 'user' | 'assistant';
const block = (text: string): Block => ({ block: { text }, part: null });
const side = (role: Role, ...texts: string[]): Side<Role> => ({ role, blocks: texts.map(block) });
const isThought = (one: Block): boolean => String(one.block['text']).startsWith('thought');
const texts = (sides: Side<Role>[]): string[] =>
  sides.map(({ role, blocks }) => `${role}: ${blocks.map((one) => one.block['text']).join()}`);

describe('sides that alternate', () => {
  it('joins what the same side says twice, and skips what is empty', () => {
    const sides: Side<Role>[] = [];
    addSide(sides, 'user', [block('a')]);
    addSide(sides, 'assistant', []);
    addSide(sides, 'user', [block('b')]);
    expect(texts(sides)).toEqual(['user: a,b']);
  });

  it('does not change the blocks that it was given', () => {
    const sides: Side<Role>[] = [];
    const given = [block('a')];
    addSide(sides, 'user', given);
    addSide(sides, 'user', [block('b')]);
    expect(given).toHaveLength(1);
  });

  it('trims the ends of one side, tells what went, and joins around a message that is gone', () => {
    const trimmed: unknown[] = [];
    const sides = trimEnds(
      [
        side('user', 'a', 'thought of a user'),
        side('assistant', 'thought 1', 'thought 2'),
        side('user', 'b'),
        side('assistant', 'thought 3', 'c', 'thought 4'),
      ],
      'assistant',
      isThought,
      (one) => trimmed.push(one.block['text']),
    );
    expect(texts(sides)).toEqual(['user: a,thought of a user,b', 'assistant: thought 3,c']);
    expect(trimmed).toEqual(['thought 2', 'thought 1', 'thought 4']);
  });

  it.each<[string, Side<Role>[], string[]]>([
    ['trims the last text of the assistant', [side('assistant', 'a \n')], ['assistant: a']],
    ['leaves the last text of a user', [side('user', 'a \n')], ['user: a \n']],
    ['leaves a text that is not the last', [side('assistant', 'a ', 'b')], ['assistant: a ,b']],
    ['takes no messages', [], []],
  ])('%s', (_, sides, expected) => {
    trimLastText(sides, 'assistant');
    expect(texts(sides)).toEqual(expected);
  });
});
