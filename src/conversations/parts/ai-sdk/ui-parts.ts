// Tells the parts of a UIMessage, and brings those that stood beside its parts before version 5.
import { isObject, isText, objectIn, objectsIn } from '../fields.js';
import type { RawObject } from '../part.js';
import { uiToolPart } from './tools.js';

const TYPES = new Set<unknown>([
  ...['text', 'reasoning', 'file', 'step-start', 'dynamic-tool', 'source-url', 'source-document'],
  ...['source', 'tool-invocation'],
]);

/** True for a part of a UIMessage of any version. */
export const isUiPart = (part: unknown): part is RawObject => {
  const type = isObject(part) ? part['type'] : undefined;
  return TYPES.has(type) || (isText(type) && (type.startsWith('data-') || isUiTool(part)));
};

const isUiTool = (part: unknown): boolean => isObject(part) && uiToolPart(part) !== null;

/** True for a part as it is since version 5. */
export function isCurrentUiPart(part: RawObject): boolean {
  switch (part['type']) {
    case 'text':
    case 'reasoning':
      return isText(part['text']) && !('providerOptions' in part);
    case 'file':
      return isText(part['url']) && isText(part['mediaType']);
    case 'source':
    case 'tool-invocation':
      return false;
    case 'dynamic-tool':
      return isUiTool(part);
    default:
      return isUiPart(part);
  }
}

/**
 * Returns the parts of a message of version 4. Its text, calls, reasoning and attachments may stand
 * beside the parts, or without any.
 */
export function allParts(raw: RawObject, parts: readonly RawObject[]): RawObject[] {
  const { content, reasoning } = raw;
  const types = new Set(parts.map(({ type }) => type));
  const called = new Set(parts.map((part) => objectIn(part, 'toolInvocation')['toolCallId']));
  const calls = objectsIn(raw['toolInvocations'])
    .filter(({ toolCallId }) => !called.has(toolCallId))
    .map((toolInvocation) => ({ type: 'tool-invocation', toolInvocation }));
  const isAnswered = calls.every(({ toolInvocation }) => toolInvocation['state'] === 'result');
  const text =
    isText(content) && content !== '' && !types.has('text')
      ? [{ type: 'text', text: content }]
      : [];
  return [
    ...(isText(reasoning) && reasoning !== '' && !types.has('reasoning')
      ? [{ type: 'reasoning', text: reasoning }]
      : []),
    ...parts,
    ...(isAnswered ? [...calls, ...text] : [...text, ...calls]),
    ...objectsIn(raw['experimental_attachments']).map(attachmentPart),
  ];
}

const attachmentPart = ({ name, contentType, ...file }: RawObject): RawObject => ({
  type: 'file',
  ...(contentType === undefined ? {} : { mediaType: contentType }),
  ...(name === undefined ? {} : { filename: name }),
  ...file,
});
