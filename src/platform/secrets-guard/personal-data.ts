// Finds numbers that identify a person and can be misused. Check digits distinguish them from other
// numbers. Names, e-mail addresses and telephone numbers pass, because memories are about them.
import { type Detector, detector } from './detector.js';

/** Visa, Mastercard, American Express, Discover, JCB, Diners and UnionPay, each with its length. */
const CARD =
  /^(?:4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|22\d|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14})$/;

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

function isCard(match: RegExpExecArray): boolean {
  const digits = match[0].replace(/\D/g, '');
  return CARD.test(digits) && luhn(digits);
}

const IBAN_LENGTHS = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28
   EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26
   IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30
   NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23
   TN24 TR26 UA29 VA22 VG24 XK20`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** The longest IBAN: 34 characters, with a space after every fourth. */
const IBAN_REACH = 44;

// The country gives the length of the number; the next word may follow directly.
function isIban({ 0: start, index, input }: RegExpExecArray): boolean {
  const length = IBAN_LENGTHS.get(start.slice(0, 2).toUpperCase());
  const characters = [...input.slice(index, index + IBAN_REACH).matchAll(/[^ -]/g)];
  const iban = characters
    .slice(0, length)
    .map(([character]) => character)
    .join('')
    .toUpperCase();
  if (length === undefined || iban.length < length || !/^[A-Z0-9]+$/.test(iban)) return false;
  const next = input[index + characters[length - 1]!.index + 1];
  return (
    !/[A-Za-z0-9-]/.test(next ?? '') &&
    iban.replace(/\D/g, '').length >= 10 &&
    mod97(iban.slice(4) + iban.slice(0, 4)) === 1
  );
}

/** Letters count from ten: a is 10. */
const mod97 = (iban: string): number =>
  [...iban].reduce((rest, character) => Number(`${rest}${Number.parseInt(character, 36)}`) % 97, 0);

export const personalData: Detector[] = [
  // A card number in one piece, or in its groups; not part of a longer number, a word or a decimal
  // fraction.
  detector(
    'payment_card',
    /(?<![A-Za-z0-9]|\d[.-])(?:\d{4}([ \u00a0-]?)\d{4}\1\d{4}\1\d{4}|\d{4}([ \u00a0-]?)\d{6}\2\d{4,5})(?![A-Za-z0-9]|[.-]\d)/,
    isCard,
  ),
  detector('iban', /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?=[ -]?[A-Za-z0-9])/, isIban),
  detector('us_ssn', /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/),
  // Without its hyphens the number looks like any other, so it must be named.
  detector(
    'us_ssn',
    /(?<![a-z])(?:ssn|social security (?:number|no))[^\w\n]{0,6}(?:is |= )?(?!000|666|9)\d{3} ?(?!00)\d{2} ?(?!0000)\d{4}(?!\d)/i,
  ),
];
