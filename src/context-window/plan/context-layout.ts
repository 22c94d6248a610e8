// A planned window as bytes for a provider, and as the list of what went into it, from which the same bytes can be made again.
import { createHash } from 'node:crypto';
import { costOf, isRecalled, type Item, type WindowSummary } from './context-plan.js';
import type { Contribution } from '../context-source.js';
import {
  type Breakpoint,
  type ContextFormat,
  formatters,
  type Piece,
  type ProviderMessage,
  type Rendered,
} from '../formats/index.js';
import { isNote, NOTE_OVERHEAD, recalledText } from './recalled.js';
import { pairToolCalls, type Turn } from './tool-exchange.js';
import type { WindowMessage } from './window-message.js';

/** Kept apart: a tool call in one never waits for a result in another, so that no section depends on what follows it. */
export interface Layout {
  prefix: Item[];
  carried: Item[];
  tail: Item[];
}

export interface RenderedLayout {
  /** JSON texts, which are what is hashed and sent. */
  messages: string;
  system: string | null;
  tokens: number;
  prefixSha256: string;
  contentSha256: string;
  cacheBreakpoints: Breakpoint[];
  /** Of the messages in the layout those of which anything is sent. */
  used: WindowMessage[];
  unpairedToolParts: number;
}

/** What a summary is counted as. */
export const summaryText = ({
  fromSeq,
  toSeq,
  content,
}: Pick<WindowSummary, 'fromSeq' | 'toSeq' | 'content'>): string =>
  `Summary of messages ${fromSeq} to ${toSeq} of this conversation:\n${content}`;

/** What is sent of a contribution: what was recalled as an element of the fence. */
export const contributedText = ({ text, origin }: Contribution): string =>
  origin ? recalledText({ ...origin, text }) : text;

const summaryElement = ({ fromSeq, toSeq, content }: WindowSummary): string =>
  recalledText({
    element: 'summary',
    attributes: { messages: `${fromSeq}-${toSeq}` },
    text: content,
  });

export function renderLayout(layout: Layout, format: ContextFormat): RenderedLayout {
  const [prefix, carried, tail] = [layout.prefix, layout.carried, layout.tail].map(section) as [
    Section,
    Section,
    Section,
  ];
  const rendered = formatters[format].render({
    prefix: prefix.pieces,
    rest: [...carried.pieces, ...tail.pieces],
  });
  const messages = JSON.stringify(rendered.messages);
  const system = rendered.system ? JSON.stringify(rendered.system) : null;
  return {
    messages,
    system,
    tokens: prefix.tokens + carried.tokens + tail.tokens + rendered.addedTokens,
    prefixSha256: sha256(prefixText(system, rendered.prefix)),
    contentSha256: sha256(`${system ?? ''}\n${messages}`),
    cacheBreakpoints: breakpoints(rendered),
    used: [prefix, carried, tail].flatMap(({ used }) => used),
    unpairedToolParts: prefix.unpaired + carried.unpaired + tail.unpaired,
  };
}

const prefixText = (system: string | null, prefix: ProviderMessage[]): string =>
  system !== null && prefix.length === 0 ? system : `${system ?? ''}${JSON.stringify(prefix)}`;

interface Section {
  pieces: Piece[];
  tokens: number;
  used: WindowMessage[];
  unpaired: number;
}

function section(items: Item[]): Section {
  const messages = items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
  const { turns, used, unpaired } = pairToolCalls(messages);
  const turnOf = new Map(turns.map((turn) => [turn.message, turn]));
  const pieces: Piece[] = [];
  for (const item of items) addPiece(pieces, item, turnOf);
  const sent = items.filter((item) => item.kind !== 'message' || used.has(item.message));
  const notes = pieces.filter(({ kind }) => kind === 'recalled').length * NOTE_OVERHEAD;
  return {
    pieces,
    tokens: sent.reduce((sum, item) => sum + costOf(item), notes),
    used: messages.filter((message) => used.has(message)),
    unpaired,
  };
}

/** What was recalled and stands together shares a fence. */
function addPiece(pieces: Piece[], item: Item, turnOf: ReadonlyMap<WindowMessage, Turn>): void {
  if (item.kind === 'message') {
    const turn = turnOf.get(item.message);
    if (turn) pieces.push({ kind: 'turn', turn });
  } else if (item.kind === 'contribution' && !isRecalled(item)) {
    pieces.push({ kind: 'prompt', text: item.contribution.text });
  } else {
    const element =
      item.kind === 'summary' ? summaryElement(item.summary) : contributedText(item.contribution);
    const last = pieces.at(-1);
    if (last?.kind === 'recalled') last.elements.push(element);
    else pieces.push({ kind: 'recalled', elements: [element] });
  }
}

/** After the prefix; before the user's last message and what was recalled for it, where the next request will begin to differ; and at the end. */
function breakpoints({ system, messages, prefixMessages }: Rendered): Breakpoint[] {
  const ends: Breakpoint[] = system ? [{ in: 'system', index: system.length - 1 }] : [];
  const question = messages.findLastIndex(
    ({ role, content }) => role === 'user' && !isNote(content),
  );
  const before = messages.findLastIndex(({ content }, i) => i < question && !isNote(content));
  const indexes = new Set(
    [
      prefixMessages - 1,
      ...[before, messages.length - 1].filter((index) => index >= prefixMessages),
    ].filter((index) => index >= 0),
  );
  return [...ends, ...[...indexes].map((index): Breakpoint => ({ in: 'messages', index }))];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
