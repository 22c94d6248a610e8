// Reads fields of UIMessages, which clients may have written.
import type { LanguageModelV3FilePart, SharedV3ProviderOptions } from '@ai-sdk/provider';
import { addressOf, type RawObject } from '../../../conversations/parts/index.js';
import { isPlainObject } from '../../../platform/input/index.js';

export const textIn = (part: RawObject, name: string): string => {
  const value = part[name];
  return typeof value === 'string' ? value : '';
};

export function partsIn({ parts }: RawObject): RawObject[] {
  return Array.isArray(parts) ? parts.filter((part) => isPlainObject(part)) : [];
}

/** What a provider said of a part is what it gets back as options. */
export function optionsIn(
  part: RawObject,
  name = 'providerMetadata',
): { providerOptions?: SharedV3ProviderOptions } {
  const metadata = part[name];
  if (!isPlainObject(metadata)) return {};
  const known = Object.entries(metadata).filter(([, value]) => isPlainObject(value));
  return { providerOptions: Object.fromEntries(known) as SharedV3ProviderOptions };
}

/**
 * @param part of the type `file`, with a web address or a data URL
 * @returns no part for a file without a usable address
 */
export function filePart(part: RawObject): LanguageModelV3FilePart[] {
  const { url, data, mediaType } = addressOf(textIn(part, 'url'));
  const content = data ?? (url !== null && URL.canParse(url) ? new URL(url) : null);
  if (content === null) return [];
  const filename = textIn(part, 'filename');
  return [
    {
      type: 'file',
      data: content,
      mediaType: textIn(part, 'mediaType') || (mediaType ?? 'application/octet-stream'),
      ...(filename === '' ? {} : { filename }),
      ...optionsIn(part),
    },
  ];
}
