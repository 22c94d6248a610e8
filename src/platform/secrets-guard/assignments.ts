// Finds secrets by their place: after `password:`, in a URL, in a header. Prose occurs in the same
// places, so the value must not look like a word. A password of letters only is not found: it looks
// like "password: required".
import { type Detector, detector } from './detector.js';
import { LATIN_PASSWORD, OTHER_PASSWORD, PIN } from './password-words.js';

/**
 * What stands between a name and its value: in prose, JSON (also inside a JSON string), YAML, shell
 * and Markdown.
 */
const ASSIGNED = '["\'`*\\\\]{0,3}[ \\t]{0,3}[:=][ \\t"\'`*\\\\]{0,6}';
/**
 * What stands between a name and its value in a sentence, such as "the password for the printer is
 * ...".
 */
const SAID = '(?: (?:for|of|to|on) [^\\n]{1,60}?)?(?: (?:is|was):?|:)[ \\t"\'`*]{1,6}';
const VALUE = '([^\\s"\'`,;=][^\\s"\'`,;]{5,99})';

const PASSWORD = '(?:passwor[dt]|passwd|passphrase|passcode|pwd)';
const CREDENTIAL =
  '(?:api[_ -]?key|(?:access|auth|api|refresh|bot)[_ -]?token|(?:secret|private|access|signing|encryption)[_ -]?key|secret)';

/** Placeholders of values that are left out, or come from elsewhere. */
const PLACEHOLDER =
  /^(?:[<{$%[(-]|(?:your|example|dummy|fake|insert|redacted|placeholder)[_-]|process\.env|os\.environ|\d+-(?:digit|char|letter)|pass(?:word|wd)$)|^(.)\1*$/i;
const PATH_OR_LINK = /^(?:[/~.]|[a-z]:\\|https?:\/\/)/i;
/** A call, an index or a property: code that says where the value comes from. */
const CODE = /^[a-z_][\w.]*[([]|^[a-z_]\w*(?:\.[a-z_]\w*)+[)\]}]{0,3}$/i;
const EMAIL = /^[^@]+@[^@]+\.[a-z]{2,}$/i;
/** Names of techniques, as in prose about storing passwords: sha256-hashed, base64, argon2. */
const TECHNIQUE = /^(?:sha|md|base|utf|argon|pbkdf|aes|rsa|ed|oauth|tls)-?\d|^1password/i;

const passes = (value: string): boolean =>
  [PLACEHOLDER, PATH_OR_LINK, CODE, EMAIL, TECHNIQUE].some((pattern) => pattern.test(value));

/** Removes punctuation that may end the sentence, not the value. */
const trimmed = (value: string): string => value.replace(/[.!?:)\]}>*。！？）]{1,20}$/, '');

function looksLikePassword(found: string): boolean {
  const value = trimmed(found);
  if (value.length < 6 || passes(found)) return false;
  return /^\d+$/.test(value) || (/[a-z]/i.test(value) && /[\d!@#$%^&*+?~]/.test(value));
}

/** Keys are longer than passwords. A number after "key" often counts something. */
function looksLikeKey(found: string): boolean {
  const value = trimmed(found);
  return (
    value.length >= 16 &&
    !passes(found) &&
    /[a-z]/i.test(value) &&
    /\d/.test(value) &&
    new Set(value).size >= 8
  );
}

/** Accepts any password in a URL, because no words occur in this place. */
const isGiven = (value: string): boolean => !PLACEHOLDER.test(value);

/** Skips texts in Latin-1, which contain no words of other alphabets. */
function onlyBeyondAscii({ kind, finds }: Detector): Detector {
  return { kind, finds: (text) => /[^\0-\xff]/.test(text) && finds(text) };
}

export const assignmentDetectors: Detector[] = [
  detector('password', new RegExp(`${PASSWORD}${ASSIGNED}${VALUE}`, 'i'), (match) =>
    looksLikePassword(match[1]!),
  ),
  detector('password', new RegExp(`${PASSWORD}${SAID}${VALUE}`, 'i'), (match) =>
    looksLikePassword(match[1]!),
  ),
  detector('password', LATIN_PASSWORD, (match) => looksLikePassword(match[1]!)),
  onlyBeyondAscii(detector('password', OTHER_PASSWORD, (match) => looksLikePassword(match[1]!))),
  detector('pin', PIN),
  detector('credential', new RegExp(`(?<![a-z])${CREDENTIAL}${ASSIGNED}${VALUE}`, 'i'), (match) =>
    looksLikeKey(match[1]!),
  ),
  detector(
    'credential',
    new RegExp(`(?<=[_.a-z])(?:secret|token|api_?key|access_?key)${ASSIGNED}${VALUE}`, 'i'),
    (match) => looksLikeKey(match[1]!),
  ),
  detector(
    'bearer_token',
    /(?<![a-z])(?:bearer|authorization["']?: ?["']?basic) {1,3}([a-z0-9._~+/-]{16,99})/i,
    (match) => looksLikeKey(match[1]!),
  ),
  detector(
    'url_password',
    /:\/\/[^\s:@/?\[\]<>'\"`,|]{0,255}:([^\s@/?\[\]'\"`,]{1,255})@[^\s@/]/,
    (match) => isGiven(match[1]!),
  ),
];
