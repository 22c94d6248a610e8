import { describe, expect, it } from '@jest/globals';
import { placedMessages, type SourceNode, treeOf } from './tree.js';

const at = (minute: number) => `2025-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
/** `id<parent@minute`; a node with a dash has no message. */
function nodes(...texts: string[]): SourceNode[] {
  return texts.map((text) => {
    const [, id, parent, minute] = /^([^<@]+)(?:<([^@]+))?(?:@(\d+))?$/.exec(text)!;
    const time = minute === undefined ? null : at(Number(minute));
    return { id: id!, parent: parent ?? null, time, message: id!.startsWith('-') ? null : { id } };
  });
}
function read(list: SourceNode[], head: unknown = null) {
  const tree = treeOf(list, head);
  const ids = tree.messages.map(({ message }) => message['id'] as string);
  const shape = tree.messages.map(({ parent }, i) => `${ids[i]}<${ids[parent - 1] ?? ''}`);
  return { ...tree, shape: shape.join(' '), head: ids[tree.head - 1] ?? null };
}

describe('a tree of messages', () => {
  it('is put in the order of its times, parents first', () => {
    const list = nodes('q', 'b<q@5', 'a<q@3', 'c<a@9', 'd<b@7');
    expect(read(list, 'c')).toMatchObject({
      shape: 'q< a<q b<q d<b c<a',
      head: 'c',
      others: 2,
      warnings: [],
    });
  });

  it('keeps a parent first whose time is later or missing, and branches without times whole', () => {
    expect(read(nodes('q@9', 'a<q@1', 'b<a', 'c<q@5')).shape).toBe('q< a<q b<a c<q');
    expect(read(nodes('d<b', 'b<q', 'q', 'a<q', 'c<a')).shape).toBe('q< b<q d<b a<q c<a');
  });

  it('connects messages over nodes without one', () => {
    const list = nodes('-root', '-s<-root', 'q<-s', '-x<q', 'a<-x', 'b<-x');
    expect(read(list, '-x')).toMatchObject({ shape: 'q< a<q b<q', head: 'q', others: 2 });
    expect(read(nodes('-root'), '-root')).toMatchObject({ shape: '', head: null });
    expect(read([])).toMatchObject({ shape: '', head: null, others: 0 });
  });

  it('ends with the newest leaf when the head is unknown', () => {
    expect(read(nodes('q', 'a<q@5', 'b<q@3'), 'gone').head).toBe('a');
  });

  it('begins anew where a parent is missing, and says so', () => {
    expect(read(nodes('a<gone', 'b<a'))).toMatchObject({ shape: 'a< b<a', warnings: [] });
    expect(read(nodes('q', 'a<gone', 'b<lost'))).toMatchObject({
      shape: 'q< a< b<',
      warnings: ['2 messages follow one that is missing, and begin anew'],
    });
    const none = ['00000000-0000-0000-0000-000000000000', '00000000-0000-4000-8000-000000000000'];
    for (const parent of none) {
      const list = nodes('a', 'b').map((node) => ({ ...node, parent }));
      expect(read(list)).toMatchObject({ shape: 'a< b<', warnings: [] });
    }
  });

  it('has each message of a cycle once, and ends with the head', () => {
    const cycle = nodes('a<c', 'b<a', 'c<b', 'd<b');
    expect(read(cycle, 'b')).toMatchObject({ shape: 'c< a<c b<a d<b', head: 'b', others: 1 });
    expect(read(cycle, 'd')).toMatchObject({ shape: 'c< a<c b<a d<b', head: 'd', others: 0 });
    expect(
      read(nodes('a<a', 'b<c', 'c<b', 'q'))
        .shape.split(' ')
        .sort(),
    ).toEqual(['a<', 'b<c', 'c<', 'q<']);
  });

  it('says where messages belong only when it has branches', () => {
    const placed = (head: string, ...texts: string[]) => {
      const tree = treeOf(nodes(...texts), head);
      return placedMessages(
        tree,
        tree.messages.map(({ message }) => message),
      );
    };
    expect(placed('b', 'a', 'b<a')).toEqual({ messages: [{ id: 'a' }, { id: 'b' }] });
    expect(placed('a', 'a', 'b<a')).toMatchObject({ headSeq: 1, messages: [{}, { id: 'b' }] });
    expect(placed('c', 'a', 'b<a', 'c<a', 'd')).toEqual({
      headSeq: 3,
      messages: [{ id: 'a' }, { id: 'b' }, { id: 'c', parentSeq: 1 }, { id: 'd', parentSeq: null }],
    });
  });

  it('keeps the last of messages with one id, and says so', () => {
    const list = nodes('a@9', 'a@1', 'b<a@2');
    const twice = ['1 messages have the id of a later one, and are left out'];
    expect(read(list)).toMatchObject({ shape: 'a< b<a', head: 'b', warnings: twice });
    expect(read(nodes('a@9', 'a@1'))).toMatchObject({ shape: 'a<', head: 'a', warnings: twice });
  });
});
