// Joins turns to messages in which two sides alternate, as Anthropic, Gemini and Bedrock want them.
import type { Part, RawObject } from './part.js';

/** A piece of a message, and the part that it was written from. */
export interface Block {
  block: RawObject;
  part: Part | null;
}

export interface Side<Role extends string> {
  role: Role;
  blocks: Block[];
}

/** Appends to the last message when it is of the same side. */
export function addSide<Role extends string>(
  sides: Side<Role>[],
  role: Role,
  blocks: Block[],
): void {
  if (blocks.length === 0) return;
  const last = sides.at(-1);
  if (last?.role !== role) sides.push({ role, blocks: [...blocks] });
  else for (const block of blocks) last.blocks.push(block);
}

/** Lets the user begin, where the first message is the model's. */
export function addOpening<Role extends string>(
  sides: Side<Role | 'user'>[],
  model: Role,
  block: RawObject,
): void {
  if (sides[0]?.role === model) sides.unshift({ role: 'user', blocks: [{ block, part: null }] });
}

/**
 * Removes blocks from the ends of messages of one side; messages that become empty go, and those
 * around them are joined.
 */
export function trimEnds<Role extends string>(
  sides: readonly Side<Role>[],
  role: Role,
  isTrimmed: (block: Block) => boolean,
  onTrimmed: (block: Block) => void,
): Side<Role>[] {
  const trimmed: Side<Role>[] = [];
  for (const side of sides) {
    let end = side.blocks.length;
    if (side.role === role)
      while (end > 0 && isTrimmed(side.blocks[end - 1]!)) onTrimmed(side.blocks[--end]!);
    addSide(
      trimmed,
      side.role,
      end === side.blocks.length ? side.blocks : side.blocks.slice(0, end),
    );
  }
  return trimmed;
}

/** Removes white space at the end of a last text, which Claude refuses to go on with. */
export function trimLastText<Role extends string>(sides: readonly Side<Role>[], role: Role): void {
  const last = sides.at(-1);
  const end = last?.blocks.at(-1);
  const text = end?.block['text'];
  if (!last || !end || last.role !== role || typeof text !== 'string') return;
  last.blocks[last.blocks.length - 1] = { ...end, block: { ...end.block, text: text.trimEnd() } };
}
