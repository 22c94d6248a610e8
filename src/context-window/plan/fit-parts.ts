// Makes the parts of one message fit a number of tokens: long texts are shortened in place, before
// anything is left out.
import { isMedia, type Part, type ToolResultPart } from '../../conversations/parts/index.js';
import { shortenInput, shortenText } from './shorten.js';
import { type CountedPart, countPart, type OmittedPart, type Scale } from './counted-part.js';

type Fitting = Pick<Scale, 'count' | 'writer'>;

export interface FittedParts {
  parts: CountedPart[];
  omitted: OmittedPart[];
}

/** Shortening a part to less than this would leave nothing but the note. */
const MIN_PART_TOKENS = 40;

export function fitParts(parts: CountedPart[], maxTokens: number, fitting: Fitting): FittedParts {
  if (sum(parts) <= maxTokens) return { parts, omitted: [] };
  const omitted: OmittedPart[] = [];
  const kept = leaveOutMedia(parts, maxTokens, omitted);
  const level = findLevel(kept, maxTokens);
  const fitted = kept.map((counted) => {
    if (counted.tokens <= level || !canShorten(counted.part)) return counted;
    omitted.push({ part: counted.part, reason: 'shortened' });
    const part = shorten(counted, level, fitting);
    return {
      part,
      tokens: countPart(part, fitting.count) + fitting.writer.extraTokens(part, 'tool'),
    };
  });
  return { parts: fitted, omitted };
}

/** Leaves out the last images and files of those that would not fit even if all texts were short. */
function leaveOutMedia(
  parts: CountedPart[],
  maxTokens: number,
  omitted: OmittedPart[],
): CountedPart[] {
  const texts = parts.filter(({ part }) => canShorten(part));
  let left =
    maxTokens - texts.reduce((all, { tokens }) => all + Math.min(tokens, MIN_PART_TOKENS), 0);
  return parts.filter(({ part, tokens }) => {
    if (canShorten(part)) return true;
    left -= tokens;
    if (left >= 0 || !isMedia(part)) return true;
    left += tokens;
    omitted.push({ part, reason: 'too_large' });
    return false;
  });
}

/** Returns the tokens that each part may take, so that all of them fit: short ones stay whole. */
function findLevel(parts: CountedPart[], maxTokens: number): number {
  const sizes = parts
    .filter(({ part }) => canShorten(part))
    .map(({ tokens }) => tokens)
    .sort((a, b) => a - b);
  let left = maxTokens - sum(parts.filter(({ part }) => !canShorten(part)));
  for (let i = 0; i < sizes.length; i++) {
    const level = left / (sizes.length - i);
    if (sizes[i]! > level) return Math.max(MIN_PART_TOKENS, Math.floor(level));
    left -= sizes[i]!;
  }
  return Infinity;
}

const TEXTS = new Set<Part['kind']>(['text', 'refusal', 'tool-call', 'tool-result']);

const canShorten = (part: Part): boolean =>
  TEXTS.has(part.kind) || (part.kind === 'file' && part.text !== null);

/** Returns a copy of at most about `allowed` tokens. It is no longer the stored original. */
function shorten({ part, tokens }: CountedPart, allowed: number, fitting: Fitting): Part {
  const { count } = fitting;
  if (part.kind === 'tool-call')
    return { ...part, input: shortenInput(part.input, tokens, allowed, count), original: null };
  if (part.kind === 'text' || part.kind === 'refusal' || part.kind === 'file')
    return { ...part, text: shortenText(part.text ?? '', tokens, allowed, count), original: null };
  return part.kind === 'tool-result' ? shortenResult(part, allowed, fitting) : part;
}

function shortenResult(result: ToolResultPart, allowed: number, fitting: Fitting): ToolResultPart {
  const inside = result.output.map((part) => ({
    part,
    tokens: countPart(part, fitting.count) + fitting.writer.extraTokens(part, 'tool'),
  }));
  const fitted = fitParts(inside, Math.max(MIN_PART_TOKENS, allowed), fitting);
  return { ...result, output: fitted.parts.map(({ part }) => part), original: null };
}

const sum = (parts: CountedPart[]): number => parts.reduce((all, { tokens }) => all + tokens, 0);
