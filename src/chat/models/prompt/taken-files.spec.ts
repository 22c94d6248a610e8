import { describe, expect, it } from '@jest/globals';
import { type LanguageModelV3FilePart, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import type { ModelApi } from '../../../platform/config/model-settings.js';
import type { ModelPrompt } from '../model-call.js';
import { loadModel, OPTIONS_NAMES } from '../providers/load-model.js';
import { isTaken, withTakenFiles } from './taken-files.js';

const APIS = Object.keys(OPTIONS_NAMES) as ModelApi[];
const TYPES = [
  ...['image/png', 'image/*', 'application/pdf', 'audio/wav', 'audio/mp3', 'audio/mpeg'],
  ...['audio/ogg', 'video/mp4', 'text/plain', 'text/csv', 'application/zip'],
];
const FILES = TYPES.flatMap((mediaType): LanguageModelV3FilePart[] => [
  { type: 'file', mediaType, data: new URL('https://media.example/a?signature=s') },
  { type: 'file', mediaType, data: 'AAAA', filename: 'a.bin' },
]);

const promptWith = (file: LanguageModelV3FilePart): ModelPrompt => [
  { role: 'user', content: [{ type: 'text', text: 'Look.' }, file] },
];

/** Whether the package of the API sends the request at all. */
async function isSent(prompt: ModelPrompt, api: ModelApi): Promise<boolean> {
  let wasSent = false;
  const fetch = () => {
    wasSent = true;
    return Promise.resolve(new Response('{}', { status: 400 }));
  };
  const model = await loadModel(api, { baseURL: 'http://127.0.0.1', apiKey: 'k', fetch }, 'm');
  const error: unknown = await model.doStream({ prompt, maxOutputTokens: 1 }).then(null, (e) => e);
  expect(wasSent || UnsupportedFunctionalityError.isInstance(error)).toBe(true);
  return wasSent;
}

describe.each(APIS)('files in calls of %s', (api) => {
  it('are taken where the package sends them', async () => {
    for (const file of FILES)
      expect([file, await isSent(promptWith(file), api)]).toEqual([file, isTaken(file, api)]);
  });

  it('are told by name and type where it does not, so that the call is sent', async () => {
    for (const file of FILES) {
      const prompt = withTakenFiles(promptWith(file), api);
      expect(await isSent(prompt, api)).toBe(true);
      if (isTaken(file, api)) expect(prompt).toEqual(promptWith(file));
      else {
        const text = `[not shown to this model: ${file.filename ?? 'a file'}, ${file.mediaType}]`;
        expect(prompt).toEqual([
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look.' },
              { type: 'text', text },
            ],
          },
        ]);
      }
    }
  });
});
