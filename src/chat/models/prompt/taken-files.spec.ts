import { describe, expect, it } from '@jest/globals';
import { type LanguageModelV3FilePart, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import type { ModelPrompt } from '../model-call.js';
import { loadModel, OPTIONS_NAMES } from '../providers/load-model.js';
import { isTaken, withTakenFiles } from './taken-files.js';

const APIS = Object.keys(OPTIONS_NAMES) as ModelApi[];
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const TYPES = [
  ...['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/heic', 'image/svg+xml'],
  ...['image/*', 'application/pdf', 'audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg'],
  ...['video/mp4', 'text/plain', 'text/csv', DOCX, 'application/zip', 'application/octet-stream'],
];
const byUrl = (mediaType: string): LanguageModelV3FilePart => ({
  ...{ type: 'file', mediaType },
  data: new URL('https://media.example/a?signature=s'),
});
const asData = (mediaType: string): LanguageModelV3FilePart => ({
  ...{ type: 'file', mediaType, data: 'AAAA', filename: 'a.bin' },
});
const FILES = TYPES.flatMap((type) => [byUrl(type), asData(type)]);

const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const CHAT_DATA = [...IMAGES, 'application/pdf', 'audio/wav', 'audio/mp3', 'audio/mpeg'];
const GOOGLE = [
  ...['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'application/pdf', 'audio/wav'],
  ...['audio/mp3', 'audio/mpeg', 'audio/ogg', 'video/mp4', 'text/plain', 'text/csv'],
];
/** The types that each API takes, of those above. */
const TAKEN: Record<ModelApi, { url: string[]; data: string[]; ofAssistant: string[] }> = {
  'openai-compatible': {
    url: [...IMAGES, 'image/*'],
    data: [...CHAT_DATA, 'text/plain', 'text/csv'],
    ofAssistant: [],
  },
  'openai-chat': { url: [...IMAGES, 'image/*'], data: CHAT_DATA, ofAssistant: [] },
  'openai-responses': {
    url: [...IMAGES, 'image/*', 'application/pdf', 'text/plain', 'text/csv', DOCX],
    data: [...IMAGES, 'application/pdf'],
    ofAssistant: [],
  },
  anthropic: {
    url: [...IMAGES, 'image/*', 'application/pdf'],
    data: [...IMAGES, 'application/pdf', 'text/plain'],
    ofAssistant: [],
  },
  google: { url: GOOGLE, data: GOOGLE, ofAssistant: GOOGLE },
};

const ROLES = ['user', 'assistant'] as const;
type Role = (typeof ROLES)[number];

/** A file between words of the user, or alone in a message of the assistant. */
const promptWith = (part: LanguageModelV3FilePart | TextPart, role: Role): ModelPrompt =>
  role === 'user'
    ? [{ role, content: [LOOK, part] }]
    : [
        { role: 'user', content: [LOOK] },
        { role, content: [part] },
        { role: 'user', content: [LOOK] },
      ];
interface TextPart {
  type: 'text';
  text: string;
}
const LOOK: TextPart = { type: 'text', text: 'Look.' };

/** Gives the body that the package of the API sends; null when it refuses the prompt. */
async function sentOf(prompt: ModelPrompt, api: ModelApi): Promise<string | null> {
  let sent: string | null = null;
  const fetch = (_: unknown, init?: RequestInit) => {
    sent = init!.body as string;
    return Promise.resolve(new Response('{}', { status: 400 }));
  };
  const model = await loadModel(api, { baseURL: 'http://127.0.0.1', apiKey: 'k', fetch }, 'm');
  const error: unknown = await model.doStream({ prompt, maxOutputTokens: 1 }).then(null, (e) => e);
  expect(sent !== null || UnsupportedFunctionalityError.isInstance(error)).toBe(true);
  return sent;
}

const typesOf = (files: LanguageModelV3FilePart[], api: ModelApi, role: Role): string[] =>
  files.filter((file) => isTaken(file, api, role)).map(({ mediaType }) => mediaType);

describe.each(APIS)('files in calls of %s', (api) => {
  it('are taken where the API takes them', () => {
    const { url, data, ofAssistant } = TAKEN[api];
    expect(typesOf(TYPES.map(byUrl), api, 'user').sort()).toEqual([...url].sort());
    expect(typesOf(TYPES.map(asData), api, 'user').sort()).toEqual([...data].sort());
    expect(typesOf(TYPES.map(byUrl), api, 'assistant')).toEqual([]);
    expect(typesOf(TYPES.map(asData), api, 'assistant').sort()).toEqual([...ofAssistant].sort());
  });

  it.each(ROLES)(
    'are sent by the package where they are taken, in messages of the %s',
    async (role) => {
      for (const file of FILES.filter((one) => isTaken(one, api, role))) {
        const prompt = promptWith(file, role);
        expect(withTakenFiles(prompt, api)).toEqual(prompt);
        const content = file.data instanceof URL ? file.data.href : 'AAAA';
        const { mediaType } = file;
        const isText = api !== 'google' && mediaType.startsWith('text/') && content === 'AAAA';
        const words = isText ? String.raw`\u0000\u0000\u0000` : content;
        expect([mediaType, await sentOf(prompt, api)]).toEqual([
          mediaType,
          expect.stringContaining(words),
        ]);
      }
    },
  );

  it.each(ROLES)(
    'are told by name and type where they are not, in messages of the %s',
    async (role) => {
      for (const file of FILES.filter((one) => !isTaken(one, api, role))) {
        const text = `[not shown to this model: ${file.filename ?? 'a file'}, ${file.mediaType}]`;
        const prompt = withTakenFiles(promptWith(file, role), api);
        expect(prompt).toEqual(promptWith({ type: 'text', text }, role));
        expect(await sentOf(prompt, api)).toContain(text);
      }
    },
  );
});

it('a file that is not encrypted on its way is not named to Google, which refuses it', () => {
  const file = { ...byUrl('image/png'), data: new URL('http://media.example/a.png') };
  expect(isTaken(file, 'google')).toBe(false);
});
