// Secrets that only their place gives away: after `password:`, in a URL, in a header. Prose stands in the same places, so what
// stands there must look like no word. A password of letters only passes: it cannot be told from "password: required".
import { type Detector, detector } from './detector.js';
import { LATIN_PASSWORD, OTHER_PASSWORD, PIN } from './password-words.js';

/** Between a name and its value, in prose, JSON (also within a string of JSON), YAML, shell and Markdown. */
const ASSIGNED = '["\'`*\\\\]{0,3}[ \\t]{0,3}[:=][ \\t"\'`*\\\\]{0,6}';
/** As people say it, with what it is for between. */
const SAID = '(?: (?:for|of|to|on) [^\\n]{1,60}?)?(?: (?:is|was):?|:)[ \\t"\'`*]{1,6}';
const VALUE = '([^\\s"\'`,;=][^\\s"\'`,;]{5,99})';

const PASSWORD = '(?:passwor[dt]|passwd|passphrase|passcode|pwd)';
const CREDENTIAL =
  '(?:api[_ -]?key|(?:access|auth|api|refresh|bot)[_ -]?token|(?:secret|private|access|signing|encryption)[_ -]?key|secret)';

/** What stands where a value is left out or comes from elsewhere. */
const PLACEHOLDER =
  /^(?:[<{$%[(-]|(?:your|example|dummy|fake|insert|redacted|placeholder)[_-]|process\.env|os\.environ|\d+-(?:digit|char|letter)|pass(?:word|wd)$)|^(.)\1*$/i;
const PATH_OR_LINK = /^(?:[/~.]|[a-z]:\\|https?:\/\/)/i;
/** A call, an index or a property: code says where the value comes from. */
const CODE = /^[a-z_][\w.]*[([]|^[a-z_]\w*(?:\.[a-z_]\w*)+[)\]}]{0,3}$/i;
const EMAIL = /^[^@]+@[^@]+\.[a-z]{2,}$/i;
/** Prose tells how passwords are kept: sha256-hashed, base64, argon2. */
const TECHNIQUE = /^(?:sha|md|base|utf|argon|pbkdf|aes|rsa|ed|oauth|tls)-?\d|^1password/i;

const passes = (value: string): boolean =>
  [PLACEHOLDER, PATH_OR_LINK, CODE, EMAIL, TECHNIQUE].some((pattern) => pattern.test(value));

/** Without the punctuation that ends a sentence, which is not always the value's own. */
const trimmed = (value: string): string => value.replace(/[.!?:)\]}>*。！？）]{1,20}$/, '');

function looksLikePassword(found: string): boolean {
  const value = trimmed(found);
  if (value.length < 6 || passes(found)) return false;
  return /^\d+$/.test(value) || (/[a-z]/i.test(value) && /[\d!@#$%^&*+?~]/.test(value));
}

/** Keys are longer than passwords, and numbers after them count things. */
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

/** The password of a URL: any, as there are no words in this place. */
const isGiven = (value: string): boolean => !PLACEHOLDER.test(value);

/** Most texts need not be searched for words of other alphabets. */
function onlyBeyondAscii({ kind, finds }: Detector): Detector {
  return { kind, finds: (text) => /[^\0-\xff]/.test(text) && finds(text) };
}

export const assignments: Detector[] = [
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
