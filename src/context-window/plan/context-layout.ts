// Renders a planned window to the bytes that a provider gets, with token counts, hashes and cache
// breakpoints.
import { createHash } from 'node:crypto';
import { costOf, isRecalled, type WindowItem, type WindowSummary } from './context-plan.js';
import type { Contribution } from '../context-source.js';
import {
  type Breakpoint,
  type ContextFormat,
  formatters,
  type FormatPiece,
  type ProviderMessage,
  type Rendered,
} from '../formats/index.js';
import { isFence, FENCE_OVERHEAD_TOKENS, recalledText } from './recalled.js';
import { pairToolCalls, type Turn } from './tool-exchange.js';
import type { WindowMessage } from './window-message.js';

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
  unpairedToolParts: number;
}

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

const summaryElement = ({ fromSeq, toSeq, content }: WindowSummary): string =>
  recalledText({
    element: 'summary',
    attributes: { messages: `${fromSeq}-${toSeq}` },
    text: content,
  });

export function renderLayout(layout: WindowLayout, format: ContextFormat): RenderedLayout {
  const [prefix, carriedOver, tail] = [layout.prefix, layout.carriedOver, layout.tail].map(
    renderSection,
  ) as [Section, Section, Section];
  const rendered = formatters[format].render({
    prefix: prefix.pieces,
    rest: [...carriedOver.pieces, ...tail.pieces],
  });
  const messages = JSON.stringify(rendered.messages);
  const system = rendered.system ? JSON.stringify(rendered.system) : null;
  return {
    messages,
    system,
    tokens: prefix.tokens + carriedOver.tokens + tail.tokens + rendered.addedTokens,
    prefixSha256: sha256(prefixText(system, rendered.prefix)),
    contentSha256: sha256(`${system ?? ''}\n${messages}`),
    cacheBreakpoints: findBreakpoints(rendered),
    used: [prefix, carriedOver, tail].flatMap(({ used }) => used),
    unpairedToolParts: prefix.unpaired + carriedOver.unpaired + tail.unpaired,
  };
}

const prefixText = (system: string | null, prefix: ProviderMessage[]): string =>
  system !== null && prefix.length === 0 ? system : `${system ?? ''}${JSON.stringify(prefix)}`;

interface Section {
  pieces: FormatPiece[];
  tokens: number;
  used: WindowMessage[];
  unpaired: number;
}

function renderSection(items: WindowItem[]): Section {
  const messages = items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
  const { turns, used, unpaired } = pairToolCalls(messages);
  const turnOf = new Map(turns.map((turn) => [turn.message, turn]));
  const pieces: FormatPiece[] = [];
  for (const item of items) addPiece(pieces, item, turnOf);
  const sent = items.filter((item) => item.kind !== 'message' || used.has(item.message));
  const notes = pieces.filter(({ kind }) => kind === 'recalled').length * FENCE_OVERHEAD_TOKENS;
  return {
    pieces,
    tokens: sent.reduce((sum, item) => sum + costOf(item), notes),
    used: messages.filter((message) => used.has(message)),
    unpaired,
  };
}

/** Recalled items that stand together share one fence. */
function addPiece(
  pieces: FormatPiece[],
  item: WindowItem,
  turnOf: ReadonlyMap<WindowMessage, Turn>,
): void {
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

/**
 * Suggests breakpoints for a provider's prompt cache: after the prefix, before the user's last
 * message and what was recalled for it (the next request differs from there on), and at the end.
 */
function findBreakpoints({ system, messages, prefixMessages }: Rendered): Breakpoint[] {
  const ends: Breakpoint[] = system ? [{ in: 'system', index: system.length - 1 }] : [];
  const question = messages.findLastIndex(
    ({ role, content }) => role === 'user' && !isFence(content),
  );
  const before = messages.findLastIndex(({ content }, i) => i < question && !isFence(content));
  const indexes = new Set(
    [
      prefixMessages - 1,
      ...[before, messages.length - 1].filter((index) => index >= prefixMessages),
    ].filter((index) => index >= 0),
  );
  return [...ends, ...[...indexes].map((index): Breakpoint => ({ in: 'messages', index }))];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
