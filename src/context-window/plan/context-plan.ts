// Plans a window: a pure function of the conversation's rows and the budget.
import type { ContextPart, Contribution } from '../context-source.js';
import { FENCE_OVERHEAD_TOKENS } from './recalled.js';
import { type RemainingBudget, findStableStart } from './window-start.js';
import { MESSAGE_OVERHEAD_TOKENS, type WindowMessage } from './window-message.js';

export interface WindowSummary {
  id: string;
  fromSeq: number;
  toSeq: number;
  content: string;
  tokenCount: number;
  /** As RFC 3339. */
  createdAt: string;
  /** True when the messages it covers are no longer sent. */
  compact: boolean;
}

export interface CountedContribution extends Contribution {
  part: ContextPart;
  tokenCount: number;
}

export type WindowItem =
  | { kind: 'message'; message: WindowMessage }
  | { kind: 'summary'; summary: WindowSummary }
  | { kind: 'contribution'; contribution: CountedContribution };

export interface WindowMaterial {
  lastSeq: number;
  /** The newest messages, without a gap, in order. */
  newest: WindowMessage[];
  /**
   * The leading system messages, and pinned and system messages from anywhere in the conversation,
   * in order.
   */
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

export interface WindowPlan {
  /** Stays the same, byte for byte, until the conversation is compacted. */
  prefix: WindowItem[];
  /** Carried over from before the window: pinned messages, and summaries of the rest. */
  carriedOver: WindowItem[];
  /** The window: messages without a gap, up to the newest. */
  tail: WindowItem[];
  /** How many items should have been kept but did not fit, without those that fill up. */
  dropped: number;
  /** True when all messages that were read fit, and there are older ones. */
  needsOlder: boolean;
  /** True when all messages that were read are sent. */
  isWhole: boolean;
  /** Tokens that the user's last message takes when they are more than the budget; else null. */
  neededTokens: number | null;
}

/**
 * The share of the budget for system messages after the leading ones: some frameworks write one in
 * every turn.
 */
const SYSTEM_MESSAGES_SHARE = 0.25;
/**
 * The shares of the budget for memories that hold for every question, in prefix and tail each, and
 * for those that fill up.
 */
const SHARES = { standing: 0.125, filling: 0.125 };
/** The share of the budget for summaries of messages that were left out. */
const SUMMARIES_SHARE = 0.75;

export function planWindow(material: WindowMaterial, limits: WindowLimits): WindowPlan {
  const plan = planAround(material, limits, 'prefix');
  // The user's last message always goes. Only when it does not fit beside the prefix, it is taken
  // before it: otherwise the prefix would depend on it.
  return plan.neededTokens === null ? plan : planAround(material, limits, 'question');
}

function planAround(
  material: WindowMaterial,
  limits: WindowLimits,
  first: 'prefix' | 'question',
): WindowPlan {
  const budget = new TokenBudget(limits.budgetTokens, limits.maxMessages);
  const compactions = findCompactions(material, limits);
  const compactedTo = lastSeqOf(compactions);
  const leading = leadingSystem(material, limits);
  const start = Math.max(compactedTo, leading.length);
  const question = findQuestion(material, start);
  let hasQuestion = false;
  const takeQuestion = () => {
    hasQuestion = budget.take(question ? [asMessageItem(question)] : []).length > 0;
  };
  if (first === 'question') takeQuestion();
  const prefix = takePrefix(material, limits, leading, compactions, budget);
  if (first === 'prefix') takeQuestion();
  const after = material.newest.filter(({ seq }) => seq > start);
  const reserved = reserve(material, limits, start, hasQuestion ? question : undefined, budget);
  const additions = [
    ...takeShare(material, 'tail', 'standing', limits, budget),
    ...budget.take(contributionsAt(material, 'tail')),
  ];
  // Before what fills up: no message is shortened because that does not fit.
  const { dropped } = budget;
  additions.push(...takeShare(material, 'tail', 'filling', limits, budget));
  const known = wantedSummaries(material, limits).filter(
    (summary) => !compactions.includes(summary) && summary.toSeq > compactedTo,
  );
  const {
    first: from,
    summaries,
    needsOlder,
  } = fillWindow(after, known, reserved, budget.remaining, start);
  const carriedOver = [
    ...summaries.reverse().map(asSummaryItem),
    ...[...reserved].filter(({ seq }) => seq < from).map(asMessageItem),
  ];
  const tail = insertBeforeQuestion(
    after.filter(({ seq }) => seq >= from).map(asMessageItem),
    additions,
  );
  const neededTokens = question && !hasQuestion ? question.cost : null;
  const isWhole = after.every(({ seq }) => seq >= from) && dropped === 0;
  return { prefix, carriedOver, tail, dropped, needsOlder, isWhole, neededTokens };
}

/** Tracks what is left of the budget. */
class TokenBudget {
  /** How many items should have been kept but did not fit. */
  dropped = 0;

  constructor(
    private tokens: number,
    private messages: number,
  ) {}

  get remaining(): RemainingBudget {
    return { tokens: this.tokens, messages: this.messages };
  }

  /**
   * Takes the items that fit, first come, first served. Recalled items share the cost of one fence.
   * @param share tokens that these items may take together
   */
  take<I extends WindowItem>(items: I[], share = Infinity): I[] {
    let allowed = share;
    let fence = FENCE_OVERHEAD_TOKENS;
    return items.filter((item) => {
      const [cost, count] = [
        costOf(item) + (isRecalled(item) ? fence : 0),
        item.kind === 'message' ? 1 : 0,
      ];
      const fits = cost <= Math.min(this.tokens, allowed) && count <= this.messages;
      if (!fits) this.dropped++;
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

/** True for recalled data, which is sent in a fence. */
export const isRecalled = (item: WindowItem): boolean =>
  item.kind === 'summary' ||
  (item.kind === 'contribution' && item.contribution.origin !== undefined);

/** Tokens of the label that a format may put around the application's own texts. */
const LABEL_OVERHEAD_TOKENS = 8;

/** Tokens of an item, without the fence around recalled data. */
export function costOf(item: WindowItem): number {
  if (item.kind === 'message') return item.message.cost;
  return (
    MESSAGE_OVERHEAD_TOKENS +
    LABEL_OVERHEAD_TOKENS +
    (item.kind === 'summary' ? item.summary.tokenCount : item.contribution.tokenCount)
  );
}

const asMessageItem = (message: WindowMessage) => ({ kind: 'message' as const, message });
const asSummaryItem = (summary: WindowSummary) => ({ kind: 'summary' as const, summary });
const asContributionItem = (contribution: CountedContribution) => ({
  kind: 'contribution' as const,
  contribution,
});

const wantedSummaries = ({ summaries }: WindowMaterial, { parts }: WindowLimits) =>
  parts.has('summaries') ? summaries : [];

/** How many compactions are read, the newest. */
export const MAX_COMPACTIONS = 20;

/**
 * Returns the compactions that cover all messages from the first one on. After a gap, left by a
 * removed compaction, messages are sent again.
 */
function findCompactions(material: WindowMaterial, limits: WindowLimits): WindowSummary[] {
  const all = wantedSummaries(material, limits)
    .filter(({ compact }) => compact)
    .sort((a, b) => a.fromSeq - b.fromSeq);
  // Older compactions may exist beyond those that were read.
  let to = all.length < MAX_COMPACTIONS ? 0 : all[0]!.fromSeq - 1;
  return all.filter(({ fromSeq, toSeq }) => {
    const follows = fromSeq <= to + 1;
    if (follows) to = Math.max(to, toSeq);
    return follows;
  });
}

const lastSeqOf = (summaries: WindowSummary[]): number =>
  Math.max(0, ...summaries.map(({ toSeq }) => toSeq));

/** Returns the system messages at the beginning of the conversation. */
function leadingSystem({ kept, newest }: WindowMaterial, { parts }: WindowLimits): WindowMessage[] {
  const known = new Map([...newest, ...kept].map((message) => [message.seq, message]));
  const leading: WindowMessage[] = [];
  while (known.get(leading.length + 1)?.role === 'system')
    leading.push(known.get(leading.length + 1)!);
  return parts.has('system') ? leading : [];
}

function takePrefix(
  material: WindowMaterial,
  limits: WindowLimits,
  leading: WindowMessage[],
  compactions: WindowSummary[],
  budget: TokenBudget,
): WindowItem[] {
  const compactedTo = lastSeqOf(compactions);
  const standing = takeShare(material, 'prefix', 'standing', limits, budget);
  const beginning = budget.take([
    ...contributionsAt(material, 'prefix'),
    ...leading.map(asMessageItem),
  ]);
  const from = leading.length;
  const pinned = budget.take(
    keptBetween(material, limits, from, compactedTo, 'pinned').map(asMessageItem),
  );
  const notes = budget.take(
    keptBetween(material, limits, from, compactedTo, 'system').reverse().map(asMessageItem),
    limits.budgetTokens * SYSTEM_MESSAGES_SHARE,
  );
  const summaries = budget.take(
    selectChain(compactions, Infinity).map(asSummaryItem),
    limits.budgetTokens * SUMMARIES_SHARE,
  );
  return [...standing, ...beginning, ...sortBySeq([...pinned, ...notes]), ...summaries.reverse()];
}

const contributionsAt = (
  { contributions }: WindowMaterial,
  place: CountedContribution['place'],
  share?: keyof typeof SHARES,
): WindowItem[] =>
  contributions.filter((one) => one.place === place && one.share === share).map(asContributionItem);

/** Takes the contributions that have a share of their own, within it. */
const takeShare = (
  material: WindowMaterial,
  place: CountedContribution['place'],
  share: keyof typeof SHARES,
  { budgetTokens }: WindowLimits,
  budget: TokenBudget,
): WindowItem[] =>
  budget.take(contributionsAt(material, place, share), budgetTokens * SHARES[share]);

function keptBetween(
  { kept }: WindowMaterial,
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

/** Returns the user's last message after `after`. Results of tools are no such message. */
const findQuestion = ({ newest, kept }: WindowMaterial, after: number): WindowMessage | undefined =>
  newest.findLast((message) => asksSomething(message) && message.seq > after) ??
  kept.findLast((message) => asksSomething(message) && message.seq > after);

export const asksSomething = ({ role, answers, cost }: WindowMessage): boolean =>
  role === 'user' && !answers && cost > 0;

/**
 * Reserves what the window must have wherever it starts, besides the user's last message: pinned
 * messages, and system messages, the newest first.
 */
function reserve(
  material: WindowMaterial,
  limits: WindowLimits,
  after: number,
  question: WindowMessage | undefined,
  budget: TokenBudget,
): Set<WindowMessage> {
  const keptOf = (part: 'pinned' | 'system') =>
    keptBetween(material, limits, after, material.lastSeq, part)
      .filter(({ seq }) => seq !== question?.seq)
      .reverse()
      .map(asMessageItem);
  const taken = [
    ...(question ? [asMessageItem(question)] : []),
    ...budget.take(keptOf('pinned')),
    ...budget.take(keptOf('system'), limits.budgetTokens * SYSTEM_MESSAGES_SHARE),
  ];
  const inWindow = new Map(material.newest.map((message) => [message.seq, message]));
  return new Set(sortBySeq(taken).map(({ message }) => inWindow.get(message.seq) ?? message));
}

const sortBySeq = <I extends { message: WindowMessage }>(items: I[]): I[] =>
  items.sort((a, b) => a.message.seq - b.message.seq);

/**
 * How often window and summaries are fitted to each other: a summary takes room, which may push out
 * messages that another summary would cover.
 */
const MAX_FIT_ITERATIONS = 4;

/**
 * Fits the window and its summaries into the budget. When `messages` do not begin right after
 * `after`, those between were not read.
 */
function fillWindow(
  messages: WindowMessage[],
  known: WindowSummary[],
  reserved: Set<WindowMessage>,
  { tokens, messages: count }: RemainingBudget,
  after: number,
) {
  const cost = (message: WindowMessage) => (reserved.has(message) ? 0 : message.cost);
  let summaries: WindowSummary[] = [];
  for (let fitting = 1; ; fitting++) {
    const left =
      tokens -
      summaries.reduce(
        (sum, summary) => sum + costOf(asSummaryItem(summary)),
        summaries.length > 0 ? FENCE_OVERHEAD_TOKENS : 0,
      );
    const start = findStableStart(messages, { tokens: left, messages: count }, cost);
    const first = messages[start]?.seq ?? Infinity;
    const isWhole = messages.length === 0 || first === after + 1;
    const wanted = fitSummaries(selectChain(known, isWhole ? 0 : first), tokens * SUMMARIES_SHARE);
    if (fitting === MAX_FIT_ITERATIONS || sameSummaries(wanted, summaries))
      return { first, summaries, needsOlder: start === 0 && !isWhole };
    summaries = wanted;
  }
}

const sameSummaries = (a: WindowSummary[], b: WindowSummary[]) =>
  a.length === b.length && a.every(({ id }, i) => id === b[i]!.id);

/**
 * Selects the newest summary, then the newest of what comes before it, and so on. `before` is the
 * first message in the window. Newest first.
 */
function selectChain(summaries: WindowSummary[], before: number): WindowSummary[] {
  let from = before;
  return summaries
    .toSorted((a, b) => b.toSeq - a.toSeq)
    .filter((summary) => {
      if (summary.fromSeq >= from) return false;
      from = summary.fromSeq;
      return true;
    });
}

function fitSummaries(summaries: WindowSummary[], tokens: number): WindowSummary[] {
  let left = tokens - FENCE_OVERHEAD_TOKENS;
  return summaries.filter((summary) => (left -= costOf(asSummaryItem(summary))) >= 0);
}

/** Inserts additions right before the user's last message, which they are about. */
function insertBeforeQuestion(tail: WindowItem[], additions: WindowItem[]): WindowItem[] {
  const question = tail.findLastIndex(
    (item) => item.kind === 'message' && asksSomething(item.message),
  );
  const at = question < 0 ? tail.length : question;
  return [...tail.slice(0, at), ...additions, ...tail.slice(at)];
}
