import { describe, expect, it } from '@jest/globals';
import type { ConversationEvent, TurnInfo } from '../../../../clients/typescript/src/index.js';
import { afterEvent, followedOf, hasEnded, NOTHING_LIVE, saidBy, withLive } from './live-turns.js';

const turn = (id: string, more: Partial<TurnInfo> = {}): TurnInfo =>
  ({ id, state: 'running', replySeq: 2, rounds: [], ...more }) as unknown as TurnInfo;
const after = (...events: unknown[]) =>
  (events as ConversationEvent[]).reduce(afterEvent, NOTHING_LIVE);
const message = (seq: number, content: unknown, role = 'assistant') => ({
  event: 'message',
  data: { seq, role, content },
});
const delta = (seq: number, part: number, text: string, kind = 'text') => ({
  event: 'delta',
  data: { seq, part, kind, text },
});

describe('the reply of a turn that is followed', () => {
  it('grows by each delta, part by part', () => {
    const live = after(
      message(2, 'Well, '),
      delta(2, 0, 'Porto'),
      delta(2, 0, '.'),
      delta(2, 1, 'hm', 'reasoning'),
      { event: 'part', data: { seq: 2, part: 2, value: { type: 'tool-call' } } },
    );
    expect(saidBy(turn('a'), live)).toEqual([
      { kind: 'text', text: 'Well, Porto.' },
      { kind: 'reasoning', text: 'hm' },
      { kind: 'part', value: { type: 'tool-call' } },
    ]);
  });

  it('is replaced by a message that is sent whole', () => {
    const live = after(
      delta(2, 0, 'Lis'),
      message(2, [{ type: 'text', text: 'Porto.' }, { type: 'file' }]),
    );
    expect(saidBy(turn('a'), live)).toEqual([
      { kind: 'text', text: 'Porto.' },
      { kind: 'part', value: { type: 'file' } },
    ]);
  });

  it('has the replies of all rounds of tools, and nothing that others say', () => {
    const live = after(
      message(1, 'Where to?', 'user'),
      message(2, 'I look.'),
      message(4, 'Porto.'),
    );
    const rounds = [{ replySeq: 2, resultsSeq: 3 }] as TurnInfo['rounds'];
    expect(
      saidBy(turn('a', { rounds, replySeq: 4 }), live).map((part) => 'text' in part && part.text),
    ).toEqual(['I look.', 'Porto.']);
    expect(live.replies.has(1)).toBe(false);
  });

  it('is forgotten when many newer ones have come', () => {
    const live = after(...Array.from({ length: 30 }, (_, i) => message(i + 1, 'x')));
    expect([live.replies.size, live.replies.has(10), live.replies.has(11)]).toEqual([
      20,
      false,
      true,
    ]);
  });
});

describe('the turns that are followed', () => {
  it('are those that run and then those that wait, before those that have ended', () => {
    const told = (id: string, state: TurnInfo['state']) => ({
      event: 'turn',
      data: turn(id, { state }),
    });
    const waiting = ['b', 'c', 'd', 'e'].map((id) => told(id, 'queued'));
    const live = after(told('a', 'running'), ...waiting, told('f', 'completed'));
    expect(followedOf(live, 3).map(({ id }) => id)).toEqual(['a', 'd', 'e']);
    expect(followedOf(live, 6)).toHaveLength(6);
  });
});

describe('turns that were loaded', () => {
  it('are as the stream says, with new ones before them', () => {
    const live = after(
      { event: 'turn', data: turn('b', { state: 'completed' }) },
      { event: 'turn', data: turn('c') },
    );
    const all = withLive([turn('b'), turn('a')], live);
    expect(all.map(({ id, state }) => [id, state])).toEqual([
      ['c', 'running'],
      ['b', 'completed'],
      ['a', 'running'],
    ]);
    expect(all.map(hasEnded)).toEqual([false, true, false]);
  });

  it('are not changed by events that tell nothing of turns', () => {
    expect(
      after({ event: 'head', data: { seq: 2 } }, { event: 'leave', data: { reason: 'x' } }),
    ).toBe(NOTHING_LIVE);
  });
});
