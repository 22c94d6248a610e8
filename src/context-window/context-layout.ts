// A planned window as bytes for a provider, and as the list of what went into it, from which the same bytes can be made again.
import { createHash } from 'node:crypto';
import { costOf, type Item, type WindowSummary } from './context-plan.js';
import { type Breakpoint, type ContextFormat, formatters, type Piece, type Rendered } from './formats/index.js';
import { pairToolCalls } from './tool-exchange.js';
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

export const summaryText = ({ fromSeq, toSeq, content }: Pick<WindowSummary, 'fromSeq' | 'toSeq' | 'content'>): string =>
  `Summary of messages ${fromSeq} to ${toSeq} of this conversation:\n${content}`;

export function renderLayout(layout: Layout, format: ContextFormat): RenderedLayout {
  const [prefix, carried, tail] = [layout.prefix, layout.carried, layout.tail].map(section) as [Section, Section, Section];
  const rendered = formatters[format].render({ prefix: prefix.pieces, rest: [...carried.pieces, ...tail.pieces] });
  const messages = JSON.stringify(rendered.messages);
  const system = rendered.system ? JSON.stringify(rendered.system) : null;
  const additions = layout.tail.filter(({ kind }) => kind === 'contribution').length;
  return {
    messages,
    system,
    tokens: prefix.tokens + carried.tokens + tail.tokens + rendered.addedTokens,
    prefixSha256: sha256(system ?? JSON.stringify(rendered.messages.slice(0, rendered.prefixMessages))),
    contentSha256: sha256(`${system ?? ''}\n${messages}`),
    cacheBreakpoints: breakpoints(rendered, format === 'openai' ? additions : 0),
    used: [prefix, carried, tail].flatMap(({ used }) => used),
    unpairedToolParts: prefix.unpaired + carried.unpaired + tail.unpaired,
  };
}

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
  const pieces = items.flatMap((item): Piece[] => {
    if (item.kind !== 'message') return [{ kind: 'note', text: item.kind === 'summary' ? summaryText(item.summary) : item.contribution.text }];
    const turn = turnOf.get(item.message);
    return turn ? [{ kind: 'turn', turn }] : [];
  });
  const sent = items.filter((item) => item.kind !== 'message' || used.has(item.message));
  return { pieces, tokens: sent.reduce((sum, item) => sum + costOf(item), 0), used: messages.filter((message) => used.has(message)), unpaired };
}

/** After the prefix; before the user's last message, where the next request will begin to differ; and at the end. */
function breakpoints({ system, messages, prefixMessages }: Rendered, additions: number): Breakpoint[] {
  const afterPrefix: Breakpoint[] = system ? [{ in: 'system', index: system.length - 1 }] : [{ in: 'messages', index: prefixMessages - 1 }];
  const question = messages.findLastIndex(({ role }) => role === 'user');
  const indexes = new Set([question - 1 - additions, messages.length - 1].filter((index) => index >= prefixMessages));
  return [...afterPrefix.filter(({ index }) => index >= 0), ...[...indexes].map((index): Breakpoint => ({ in: 'messages', index }))];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
