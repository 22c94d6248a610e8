// Reads and writes reasoning of the AI SDK: the provider's signature is among its options.
import { isBlank } from '../as-text.js';
import { isObject, isText, objectIn, objectsIn, textIn } from '../fields.js';
import type { RawObject, ReadPart, ReasoningPart } from '../part.js';

/**
 * Reads the options of the providers in which signatures stand. Version 4 has a list of `details`
 * with the signatures of Anthropic.
 */
export function readReasoning(raw: RawObject): ReadPart[] | null {
  const details = objectsIn(raw['details']);
  if (details.length > 0) return details.map((detail) => readDetail(detail));
  if (raw['type'] === 'redacted-reasoning') return [readDetail(raw)];
  const text = raw['text'] ?? (Array.isArray(raw['details']) ? raw['reasoning'] : null);
  return isText(text) ? [readSigned(raw, text)] : null;
}

const readDetail = (raw: RawObject): ReadPart => ({
  ...signedBy('anthropic', textIn(raw, 'signature'), textIn(raw, 'data')),
  text: textIn(raw, 'text') ?? '',
});

function readSigned(raw: RawObject, text: string): ReadPart {
  const options = objectIn(raw, raw['providerMetadata'] ? 'providerMetadata' : 'providerOptions');
  const anthropic = objectIn(options, 'anthropic');
  const signature = textIn(raw, 'signature') ?? textIn(anthropic, 'signature');
  const redacted = textIn(anthropic, 'redactedData');
  const encrypted = textIn(objectIn(options, 'openai'), 'reasoningEncryptedContent');
  const thought = textIn(objectIn(options, 'google'), 'thoughtSignature');
  if (signature !== null || redacted !== null)
    return { ...signedBy('anthropic', signature, redacted), text };
  if (encrypted !== null) return { ...signedBy('openai-responses', null, encrypted), text };
  return { ...signedBy('gemini', thought, null), text };
}

/** Makes a part of reasoning. Without a signature and an encrypted form, no provider signed it. */
const signedBy = (
  provider: 'anthropic' | 'openai-responses' | 'gemini',
  signature: string | null,
  encrypted: string | null,
): Omit<ReasoningPart, 'dialect' | 'original' | 'text'> => ({
  kind: 'reasoning',
  signedBy: signature === null && encrypted === null ? null : provider,
  signature,
  encrypted,
});

/** Returns the part of a UIMessage, or null when there is nothing to keep. */
export function reasoningPart(part: ReasoningPart): RawObject | null {
  const { dialect, original, text } = part;
  const providerMetadata = optionsOf(part);
  const isOwn = dialect === 'ai-sdk' && (!isBlank(text) || hasMetadata(original));
  if (isOwn && original && isUiForm(original)) return original;
  if (isOwn && original && isModelForm(original))
    return { type: 'reasoning', text, providerMetadata: original['providerOptions'] };
  return providerMetadata || isOwn
    ? { type: 'reasoning', text, ...(providerMetadata ? { providerMetadata } : {}) }
    : null;
}

const hasMetadata = (original: RawObject | null): boolean =>
  original !== null &&
  ['providerMetadata', 'providerOptions'].some(
    (name) => Object.keys(objectIn(original, name)).length > 0,
  );

const UI_FIELDS = new Set(['type', 'id', 'text', 'state', 'providerMetadata']);
const isUiForm = (original: RawObject): boolean =>
  original['type'] === 'reasoning' &&
  isText(original['text']) &&
  Object.keys(original).every((name) => UI_FIELDS.has(name));

const isModelForm = ({ text, providerOptions }: RawObject): boolean =>
  isText(text) && isObject(providerOptions);

/** OpenAI takes encrypted reasoning back by the id of its item only. */
function optionsOf({ signedBy, signature, encrypted, original }: ReasoningPart): RawObject | null {
  if (signedBy === 'anthropic')
    return { anthropic: encrypted === null ? { signature } : { redactedData: encrypted } };
  if (signedBy === 'openai-responses') {
    const id = original && textIn(original, 'id');
    const item = id === null ? {} : { itemId: id };
    return { openai: { ...item, reasoningEncryptedContent: encrypted } };
  }
  return signedBy === 'gemini' ? { google: { thoughtSignature: signature } } : null;
}
