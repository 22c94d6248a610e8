import { linkTo } from '../place.js';
import { contentText, countText } from '../texts.js';
import type { AnswerOf, MessageHit } from '../../../../clients/typescript/src/index.js';

const EXCERPT_CHARACTERS = 280;

const linkOf = ({ message: { conversationId, id, seq } }: MessageHit): string =>
  linkTo(['conversations', conversationId], { message: id, seq });

interface HitsProps {
  hits: AnswerOf<'GET /v1/messages/search'>;
}

/** How much a search of messages found. */
export const hitsSaid = ({ data, complete }: HitsProps['hits']) => (
  <p class="hint">
    {data.length === 0
      ? 'No message has these words.'
      : `Found ${countText(data.length, 'message')}.`}
    {complete ? '' : ' There may be others: not all messages were searched.'}
  </p>
);

/** What a search of messages found, best first. */
export const MessageHits = ({ hits: { data } }: HitsProps) =>
  data.length > 0 && (
    <ol class="hits" aria-label="Messages that were found">
      {data.map((hit) => (
        <li key={hit.message.id}>
          <a href={linkOf(hit)}>
            #{hit.message.seq} {hit.message.role}
          </a>{' '}
          <span class="hint">
            score {hit.score.toFixed(3)}
            {hit.onPath ? '' : ', on a branch that is not shown'}
          </span>
          <p class="said">{contentText(hit.message.content).slice(0, EXCERPT_CHARACTERS)}</p>
        </li>
      ))}
    </ol>
  );
