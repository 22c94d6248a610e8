// Hashes, verifies and judges passwords. It runs in a thread.
import { hashSync, verifySync } from '@node-rs/argon2';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';

/** OWASP's parameters, with memory in KiB. The algorithm is Argon2id by default. */
const ARGON2ID = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;

/** zxcvbn scores from 0 to 4. A password with this score is guessed in a million tries. */
const WEAK_SCORE = 1;
/**
 * Characters that are judged, from the beginning. The time grows with their square, and a longer
 * password is not easier to guess.
 */
const JUDGED_CHARACTERS = 24;

export type PasswordInput =
  | { kind: 'hash'; password: string }
  | { kind: 'verify'; password: string; hash: string }
  | { kind: 'isWeak'; password: string; known: string[] };

let judge: ZxcvbnFactory | undefined;

export default function passwordTask(input: PasswordInput): string | boolean {
  const { password } = input;
  if (input.kind === 'hash') return hashSync(password, ARGON2ID);
  if (input.kind === 'verify') return verifySync(input.hash, password);
  const lower = password.toLowerCase();
  if (input.known.some((word) => word.toLowerCase() === lower)) return true;
  judge ??= new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
  });
  return judge.check(password.slice(0, JUDGED_CHARACTERS), input.known).score <= WEAK_SCORE;
}
