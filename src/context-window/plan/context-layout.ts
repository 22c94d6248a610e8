// Renders a planned window to the bytes that a provider gets, with token counts, hashes and cache
// breakpoints.
import { writeJson } from '../../platform/input/exact-json.js';
import { createHash } from 'node:crypto';
import {
  OPENING,
  type Omission,
  type Part,
  type RawObject,
  textPart,
  type Turn,
  WRITERS,
  type Written,
} from '../../conversations/parts/index.js';
import type { Contribution } from '../context-source.js';
import type { Breakpoint, ContextFormat } from '../formats.js';
import { isRecalled, type WindowItem, type WindowSummary } from './context-plan.js';
import { isFence, FENCE_OVERHEAD_TOKENS, fenceText, recalledText, TRUST } from './recalled.js';
import { type MessageTurns, pairToolCalls } from './tool-exchange.js';
import type { OmittedPart } from './counted-part.js';
import { MESSAGE_OVERHEAD_TOKENS, type WindowMessage } from './window-message.js';

/**
 * The three sections of a window. Tool calls and results are paired within one section only, so
 * that no section depends on a later one.
 */
export interface WindowLayout {
  prefix: WindowItem[];
  carriedOver: WindowItem[];
  tail: WindowItem[];
}

export interface RenderedLayout {
  /** JSON text of the messages, which is hashed and sent. */
  messages: string;
  system: string | null;
  tokens: number;
  prefixSha256: string;
  contentSha256: string;
  cacheBreakpoints: Breakpoint[];
  /** Messages of the layout of which anything is sent. */
  used: WindowMessage[];
  /** Parts of the layout's messages that are not sent, or not whole. */
  omitted: OmittedOf[];
}

/** A part that was left out, and its message. */
export type OmittedOf = OmittedPart & { message: WindowMessage };

/** The text by which the tokens of a summary are counted. */
export const summaryText = ({
  fromSeq,
  toSeq,
  content,
}: Pick<WindowSummary, 'fromSeq' | 'toSeq' | 'content'>): string =>
  `Summary of messages ${fromSeq} to ${toSeq} of this conversation:\n${content}`;

/** The text that is sent for a contribution. Recalled texts become an element of the fence. */
export const contributedText = ({ text, origin }: Contribution): string =>
  origin ? recalledText({ ...origin, text }) : text;

const summaryElement = ({ fromSeq, toSeq, content, createdAt }: WindowSummary): string =>
  recalledText({
    element: 'summary',
    attributes: {
      messages: `${fromSeq}-${toSeq}`,
      time: createdAt,
      source: 'application',
      trust: TRUST.application,
    },
    text: content,
  });

/** @param fenceName of `fenceNameOf` */
export function renderLayout(
  layout: WindowLayout,
  format: ContextFormat,
  fenceName: string,
): RenderedLayout {
  const sections = [layout.prefix, layout.carriedOver, layout.tail].map((items, i) =>
    toSection(items, i === 0, fenceName),
  );
  const turns = sections.flatMap((section) => section.turns);
  const written = WRITERS[format].write(turns, { isRequest: true });
  const prefix = WRITERS[format].write(sections[0]!.turns, { isRequest: true });
  const messages = writeJson(written.messages);
  const system = written.system ? writeJson(written.system) : null;
  const sent = new SentParts(sections, written.omitted);
  return {
    messages,
    system,
    tokens: countTokens(layout, sections, written, sent, format),
    prefixSha256: sha256(prefixText(system, prefix.messages)),
    contentSha256: sha256(`${system ?? ''}\n${messages}`),
    cacheBreakpoints: findBreakpoints(written, countEqual(prefix.messages, written.messages)),
    used: sent.messages,
    omitted: sent.omitted,
  };
}

const prefixText = (system: string | null, prefix: RawObject[]): string =>
  system !== null && prefix.length === 0 ? system : `${system ?? ''}${writeJson(prefix)}`;

/** Counts the messages that both begin with. What follows may be joined to the last of a prefix. */
function countEqual(prefix: RawObject[], all: RawObject[]): number {
  const end = prefix.findIndex((one, i) => writeJson(one) !== writeJson(all[i]));
  return end < 0 ? prefix.length : end;
}

interface Section {
  turns: Turn[];
  messages: MessageTurns[];
  unpaired: OmittedPart[];
  fences: number;
}

function toSection(items: WindowItem[], isPrefix: boolean, fenceName: string): Section {
  const messages = items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
  const { all, unpaired } = pairToolCalls(messages);
  const turnsOf = new Map(all.map((one) => [one.message, one.turns]));
  const turns: Turn[] = [];
  let fence: string[] = [];
  let fences = 0;
  const endFence = () => {
    if (fence.length === 0) return;
    const text = fenceText(fenceName, fence);
    turns.push({ role: 'user', parts: [textPart(text)], isLeading: false });
    fence = [];
    fences++;
  };
  for (const item of items) {
    if (isRecalled(item)) {
      fence.push(recalledElement(item));
      continue;
    }
    endFence();
    if (item.kind === 'message')
      for (const turn of turnsOf.get(item.message)!)
        turns.push({ ...turn, isLeading: isPrefix && turn.role === 'system' });
    else if (item.kind === 'contribution')
      turns.push({
        role: 'system',
        parts: [textPart(item.contribution.text)],
        isLeading: isPrefix,
      });
  }
  endFence();
  return { turns, messages: all, unpaired, fences };
}

/** Recalled items that stand together share one fence. */
const recalledElement = (item: WindowItem): string =>
  item.kind === 'summary'
    ? summaryElement(item.summary)
    : contributedText((item as WindowItem & { kind: 'contribution' }).contribution);

/** What of the messages was written, and what was not. */
class SentParts {
  readonly messages: WindowMessage[];
  readonly omitted: OmittedOf[];
  private readonly left = new Set<Part>();

  constructor(sections: Section[], omitted: readonly Omission[]) {
    const messages = sections.flatMap((section) => section.messages.map(({ message }) => message));
    const owners = findOwners(messages);
    const leftOut = [...sections.flatMap(({ unpaired }) => unpaired), ...omitted];
    for (const { part } of leftOut) this.left.add(part);
    this.messages = messages.filter(({ parts }) => parts.some(({ part }) => !this.left.has(part)));
    this.omitted = [
      ...messages.flatMap((message) => message.omitted.map((one) => ({ ...one, message }))),
      ...leftOut.flatMap((one) => {
        const message = owners.get(one.part);
        return message ? [{ ...one, message }] : [];
      }),
    ];
  }

  countTokens(message: WindowMessage): number {
    return message.parts.reduce(
      (all, { part, tokens }) => all + (this.left.has(part) ? 0 : tokens),
      0,
    );
  }
}

/** Finds the message of each part, parts inside results included. */
function findOwners(messages: WindowMessage[]): Map<Part, WindowMessage> {
  const owners = new Map<Part, WindowMessage>();
  const add = (part: Part, message: WindowMessage): void => {
    owners.set(part, message);
    if (part.kind === 'tool-result' || part.kind === 'server-tool-result')
      for (const nested of part.output) add(nested, message);
  };
  for (const message of messages) for (const { part } of message.parts) add(part, message);
  return owners;
}

/** Counts what is sent: the parts, what stands around each message, and what the format adds. */
function countTokens(
  layout: WindowLayout,
  sections: Section[],
  { messages, system = [] }: Written,
  sent: SentParts,
  format: ContextFormat,
): number {
  const items = [...layout.prefix, ...layout.carriedOver, ...layout.tail];
  const fences = sections.reduce((all, section) => all + section.fences, 0);
  return (
    (messages.length + system.length) * MESSAGE_OVERHEAD_TOKENS +
    items.reduce((all, item) => all + tokensOf(item, sent), 0) +
    fences * FENCE_OVERHEAD_TOKENS +
    countLabelled(sections) * WRITERS[format].labelTokens +
    // Its message is counted already.
    (hasOpening(messages) ? WRITERS[format].openingTokens - MESSAGE_OVERHEAD_TOKENS : 0)
  );
}

/** Counts the system texts that are not leading, which a format may label. */
const countLabelled = (sections: Section[]): number =>
  sections
    .flatMap(({ turns }) => turns)
    .filter(({ role, isLeading }) => role === 'system' && !isLeading).length;

const tokensOf = (item: WindowItem, sent: SentParts): number => {
  if (item.kind === 'message') return sent.countTokens(item.message);
  return item.kind === 'summary' ? item.summary.tokenCount : item.contribution.tokenCount;
};

/**
 * Suggests breakpoints for a provider's prompt cache: after the prefix, before the user's last
 * message and what was recalled for it (the next request differs from there on), and at the end.
 */
function findBreakpoints({ system, messages }: Written, prefixMessages: number): Breakpoint[] {
  const ends: Breakpoint[] = system ? [{ in: 'system', index: system.length - 1 }] : [];
  const question = messages.findLastIndex(
    (message) => message['role'] === 'user' && !isFence(firstText(message)),
  );
  const before = messages.findLastIndex(
    (message, i) => i < question && !isFence(firstText(message)),
  );
  const indexes = new Set(
    [
      prefixMessages - 1,
      ...[before, messages.length - 1].filter((index) => index >= prefixMessages),
    ].filter((index) => index >= 0),
  );
  return [...ends, ...[...indexes].map((index): Breakpoint => ({ in: 'messages', index }))];
}

/** Returns the text at the beginning of a message of any format, or null. */
function firstText({ content, parts }: RawObject): unknown {
  const list = content ?? parts;
  if (!Array.isArray(list)) return list;
  return (list[0] as RawObject | undefined)?.['text'];
}

const hasOpening = ([first]: RawObject[]): boolean =>
  first !== undefined && firstText(first) === OPENING;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
