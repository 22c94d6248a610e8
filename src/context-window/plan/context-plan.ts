// Decides what goes into a window: a pure function of the conversation's rows and the budget.
import type { ContextPart, Contribution } from '../context-source.js';
import { NOTE_OVERHEAD } from './recalled.js';
import { type Room, steadyStart } from './window-start.js';
import { LABEL_OVERHEAD, MESSAGE_OVERHEAD, type WindowMessage } from './window-message.js';

export interface WindowSummary {
  id: string;
  fromSeq: number;
  toSeq: number;
  content: string;
  tokenCount: number;
  /** The messages it covers are no longer sent. */
  compact: boolean;
}

export interface CountedContribution extends Contribution {
  part: ContextPart;
  tokenCount: number;
}

export type Item =
  | { kind: 'message'; message: WindowMessage }
  | { kind: 'summary'; summary: WindowSummary }
  | { kind: 'contribution'; contribution: CountedContribution };

export interface Material {
  lastSeq: number;
  /** The newest messages without a gap, in order. */
  newest: WindowMessage[];
  /** The first system messages, and the pinned and other system messages, wherever they are. In order. */
  kept: WindowMessage[];
  /** Newest first. */
  summaries: WindowSummary[];
  contributions: CountedContribution[];
}

export interface WindowLimits {
  budgetTokens: number;
  maxMessages: number;
  parts: ReadonlySet<ContextPart>;
}

export interface Plan {
  /** Stays as it is, byte for byte, until the conversation is compacted. */
  prefix: Item[];
  /** What must stay of the messages before the window: pinned ones, and summaries of the rest. */
  carried: Item[];
  /** The window: messages without a gap up to the newest. */
  tail: Item[];
  /** Of what should have been kept, how much did not fit. */
  unfitting: number;
  /** All messages that were read fit, and there are older ones. */
  wantsMore: boolean;
}

/** System messages in the middle of a conversation may take so much of the budget: some frameworks write one a turn. */
const NOTES_SHARE = 0.25;
/** Summaries of what was left out may take so much of it. */
const SUMMARY_SHARE = 0.75;

export function planWindow(material: Material, limits: WindowLimits): Plan {
  const room = new Purse(limits.budgetTokens, limits.maxMessages);
  const compactions = compactionsOf(material, limits);
  const compactedTo = lastOf(compactions);
  const leading = leadingSystem(material, limits);
  const prefix = takePrefix(material, limits, leading, compactions, room);
  const start = Math.max(compactedTo, leading.length);
  const after = material.newest.filter(({ seq }) => seq > start);
  const reserved = reserve(material, limits, start, room);
  const additions = room.take(
    material.contributions.filter(({ place }) => place === 'tail').map(contributed),
  );
  const known = summariesOf(material, limits).filter(
    (summary) => !compactions.includes(summary) && summary.toSeq > compactedTo,
  );
  const { first, summaries, wantsMore } = fillWindow(after, known, reserved, room.left, start);
  const carried = [
    ...summaries.reverse().map(summed),
    ...[...reserved].filter(({ seq }) => seq < first).map(asItem),
  ];
  const tail = withAdditions(after.filter(({ seq }) => seq >= first).map(asItem), additions);
  return { prefix, carried, tail, unfitting: room.refused, wantsMore };
}

/** Counts what is left of the budget. */
class Purse {
  /** Things that should have been kept and did not fit. */
  refused = 0;

  constructor(
    private tokens: number,
    private messages: number,
  ) {}

  get left(): Room {
    return { tokens: this.tokens, messages: this.messages };
  }

  /** Those that fit, first come first served; what was recalled shares a fence. */
  take<I extends Item>(items: I[], share = Infinity): I[] {
    let allowed = share;
    let fence = NOTE_OVERHEAD;
    return items.filter((item) => {
      const [cost, count] = [
        costOf(item) + (isRecalled(item) ? fence : 0),
        item.kind === 'message' ? 1 : 0,
      ];
      const fits = cost <= Math.min(this.tokens, allowed) && count <= this.messages;
      if (!fits) this.refused++;
      else
        [this.tokens, this.messages, allowed] = [
          this.tokens - cost,
          this.messages - count,
          allowed - cost,
        ];
      if (fits && isRecalled(item)) fence = 0;
      return fits;
    });
  }
}

/** What is data to a model: it is sent in a fence. */
export const isRecalled = (item: Item): boolean =>
  item.kind === 'summary' ||
  (item.kind === 'contribution' && item.contribution.origin !== undefined);

/** Without the fence around what was recalled. */
export function costOf(item: Item): number {
  if (item.kind === 'message') return item.message.cost;
  return (
    MESSAGE_OVERHEAD +
    LABEL_OVERHEAD +
    (item.kind === 'summary' ? item.summary.tokenCount : item.contribution.tokenCount)
  );
}

const asItem = (message: WindowMessage) => ({ kind: 'message' as const, message });
const summed = (summary: WindowSummary) => ({ kind: 'summary' as const, summary });
const contributed = (contribution: CountedContribution) => ({
  kind: 'contribution' as const,
  contribution,
});

const summariesOf = ({ summaries }: Material, { parts }: WindowLimits) =>
  parts.has('summaries') ? summaries : [];

/** Compactions that are looked at, the newest. */
export const MOST_COMPACTIONS = 20;

/** Those that stand for all messages from the first one on: where one was removed, what comes after the gap is sent again. */
function compactionsOf(material: Material, limits: WindowLimits): WindowSummary[] {
  const all = summariesOf(material, limits)
    .filter(({ compact }) => compact)
    .sort((a, b) => a.fromSeq - b.fromSeq);
  // There may be more than were looked at.
  let to = all.length < MOST_COMPACTIONS ? 0 : all[0]!.fromSeq - 1;
  return all.filter(({ fromSeq, toSeq }) => {
    const follows = fromSeq <= to + 1;
    if (follows) to = Math.max(to, toSeq);
    return follows;
  });
}

const lastOf = (summaries: WindowSummary[]): number =>
  Math.max(0, ...summaries.map(({ toSeq }) => toSeq));

/** The system messages that a conversation begins with. */
function leadingSystem({ kept, newest }: Material, { parts }: WindowLimits): WindowMessage[] {
  const known = new Map([...newest, ...kept].map((message) => [message.seq, message]));
  const leading: WindowMessage[] = [];
  while (known.get(leading.length + 1)?.role === 'system')
    leading.push(known.get(leading.length + 1)!);
  return parts.has('system') ? leading : [];
}

function takePrefix(
  material: Material,
  limits: WindowLimits,
  leading: WindowMessage[],
  compactions: WindowSummary[],
  room: Purse,
): Item[] {
  const compactedTo = lastOf(compactions);
  const beginning = room.take([
    ...material.contributions.filter(({ place }) => place === 'prefix').map(contributed),
    ...leading.map(asItem),
  ]);
  const from = leading.length;
  const pinned = room.take(keptBetween(material, limits, from, compactedTo, 'pinned').map(asItem));
  const notes = room.take(
    keptBetween(material, limits, from, compactedTo, 'system').reverse().map(asItem),
    limits.budgetTokens * NOTES_SHARE,
  );
  const summaries = room.take(
    chain(compactions, Infinity).map(summed),
    limits.budgetTokens * SUMMARY_SHARE,
  );
  return [...beginning, ...inOrder([...pinned, ...notes]), ...summaries.reverse()];
}

function keptBetween(
  { kept }: Material,
  { parts }: WindowLimits,
  after: number,
  upTo: number,
  part: 'pinned' | 'system',
): WindowMessage[] {
  const wanted = ({ pinned, role }: WindowMessage) =>
    part === 'pinned' ? pinned : role === 'system' && !(pinned && parts.has('pinned'));
  return parts.has(part)
    ? kept.filter((message) => message.seq > after && message.seq <= upTo && wanted(message))
    : [];
}

/** What the window must hold, wherever it begins: pinned messages, the user's last one, and system messages, the newest before the rest. */
function reserve(
  material: Material,
  limits: WindowLimits,
  after: number,
  room: Purse,
): Set<WindowMessage> {
  const pinned = keptBetween(material, limits, after, material.lastSeq, 'pinned').reverse();
  const question = material.newest.findLast(
    ({ role, seq, results }) => role === 'user' && results.length === 0 && seq > after,
  );
  const notes = keptBetween(material, limits, after, material.lastSeq, 'system').reverse();
  const kept = [
    ...room.take(pinned.map(asItem)),
    ...room.take(
      question && !pinned.some(({ seq }) => seq === question.seq) ? [asItem(question)] : [],
    ),
  ];
  const taken = [...kept, ...room.take(notes.map(asItem), limits.budgetTokens * NOTES_SHARE)];
  const inWindow = new Map(material.newest.map((message) => [message.seq, message]));
  return new Set(inOrder(taken).map(({ message }) => inWindow.get(message.seq) ?? message));
}

const inOrder = <I extends { message: WindowMessage }>(items: I[]): I[] =>
  items.sort((a, b) => a.message.seq - b.message.seq);

/** Times that the window and the summaries before it are fitted to each other: making room for one may push out what has another. */
const FITTINGS = 4;

/** `messages` begin somewhere after the message `after`, in which case what is between was not even read. */
function fillWindow(
  messages: WindowMessage[],
  known: WindowSummary[],
  reserved: Set<WindowMessage>,
  { tokens, messages: count }: Room,
  after: number,
) {
  const cost = (message: WindowMessage) => (reserved.has(message) ? 0 : message.cost);
  let summaries: WindowSummary[] = [];
  for (let fitting = 1; ; fitting++) {
    const left =
      tokens -
      summaries.reduce(
        (sum, summary) => sum + costOf(summed(summary)),
        summaries.length > 0 ? NOTE_OVERHEAD : 0,
      );
    const start = steadyStart(messages, { tokens: left, messages: count }, cost);
    const first = messages[start]?.seq ?? Infinity;
    const isWhole = messages.length === 0 || first === after + 1;
    const wanted = within(chain(known, isWhole ? 0 : first), tokens * SUMMARY_SHARE);
    if (fitting === FITTINGS || sameSummaries(wanted, summaries))
      return { first, summaries, wantsMore: start === 0 && !isWhole };
    summaries = wanted;
  }
}

const sameSummaries = (a: WindowSummary[], b: WindowSummary[]) =>
  a.length === b.length && a.every(({ id }, i) => id === b[i]!.id);

/** The newest summary, the newest of what comes before it, and so on; `before` is the first message that is there. Newest first. */
function chain(summaries: WindowSummary[], before: number): WindowSummary[] {
  let from = before;
  return summaries
    .toSorted((a, b) => b.toSeq - a.toSeq)
    .filter((summary) => {
      if (summary.fromSeq >= from) return false;
      from = summary.fromSeq;
      return true;
    });
}

function within(summaries: WindowSummary[], tokens: number): WindowSummary[] {
  let left = tokens - NOTE_OVERHEAD;
  return summaries.filter((summary) => (left -= costOf(summed(summary))) >= 0);
}

/** Right before the last message of the user, which they are about. */
function withAdditions(tail: Item[], additions: Item[]): Item[] {
  const question = tail.findLastIndex(
    (item) =>
      item.kind === 'message' && item.message.role === 'user' && item.message.results.length === 0,
  );
  const at = question < 0 ? tail.length : question;
  return [...tail.slice(0, at), ...additions, ...tail.slice(at)];
}
