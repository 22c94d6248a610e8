// Lists the texts of a context, with the elements of a fence as the recalled texts.
import type { Context } from './talks.js';

const ELEMENT = /<(memory|block|summary)[^>]*>([^<]*)<\/\1>/g;
const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

const recalledIn = (content: unknown): unknown[] =>
  typeof content === 'string' && /^<recalled-[0-9a-f]{8}>\n/.test(content)
    ? [...content.matchAll(ELEMENT)].map((found) =>
        found[2]!.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]!),
      )
    : [content];

export const textsOf = ({ messages }: Context): unknown[] =>
  messages.flatMap(({ content }) => recalledIn(content));
