// Reads an activity of Gemini Apps from Google Takeout: what was asked, and the answer as HTML.
import { htmlToText } from './html-text.js';
import {
  createdAt,
  isText,
  type JsonObject,
  keyOfText,
  objectsOf,
  said,
  type SourceItem,
} from './format.js';

const PRODUCTS = new Set<unknown>(['Gemini Apps', 'Gemini', 'Bard']);

export const isGeminiActivity = (value: JsonObject): boolean =>
  isText(value['time']) &&
  isText(value['title']) &&
  ('safeHtmlItem' in value ||
    PRODUCTS.has(value['header']) ||
    (Array.isArray(value['products']) && value['products'].some((name) => PRODUCTS.has(name))));

/** What Google puts before the words of the user, in the language of the account. */
const VERBS = new RegExp(
  `^(?:${[
    ...['Prompted with:', 'Prompted', 'Asked Gemini:', 'Asked Bard:', 'Asked', 'Said'],
    ...['Live Prompt', 'Gefragt:', 'Eingegebener Prompt:', 'Requête envoyée :'],
    ...['Se ha enviado esta petición:', '送信したメッセージ:'],
  ].join('|')})\\s`,
  'u',
);

const MAX_TITLE_CHARACTERS = 80;

/**
 * Takeout does not tell which activities belong together, so each becomes a conversation. Others
 * than questions, such as feedback, have neither words nor an answer.
 */
export function fromGeminiActivity(activity: JsonObject): SourceItem[] {
  const { time, title, safeHtmlItem, subtitles, attachedFiles, imageFile } = activity;
  const question = (title as string).replace(VERBS, '');
  const answers = objectsOf(safeHtmlItem)
    .map(({ html }) => (isText(html) ? htmlToText(html) : ''))
    .filter(isText);
  if (answers.length === 0 && question === title) return [];
  const metadata = said({ attachedFiles, imageFile, subtitles });
  const when = createdAt(time);
  return [
    {
      kind: 'conversation',
      name: question,
      body: {
        importKey: `gemini-takeout:${keyOfText(`${time as string} ${title as string}`)}`,
        title: [...question].slice(0, MAX_TITLE_CHARACTERS).join(''),
        ...when,
        metadata: { source: 'gemini-takeout', ...said({ url: activity['titleUrl'] }) },
        messages: [
          { role: 'user', content: question, ...when, metadata },
          ...(answers.length > 0
            ? [{ role: 'assistant', content: answers.join('\n\n'), ...when }]
            : []),
        ],
      },
      warnings: [],
    },
  ];
}
