// Secrets that show what they are: issuers begin them with letters of their own, so that they can be found.
import { type Detector, detector } from './detector.js';

/** Not a word that goes on, as in task-… and desk-… */
const START = '(?<![A-Za-z0-9])';

/** Words and examples pass: xxxxxxxx has no variety, and a-name-like-this neither a digit nor a capital. */
function isRandom(text: string): boolean {
  return new Set(text).size >= 8 && /[0-9A-Z]/.test(text);
}

/** @param start a pattern of the letters before the random part, `body` one of as much of that as the shortest has */
function token(kind: string, start: string, body: string): Detector {
  return detector(kind, new RegExp(`${START}(?:${start})(${body})`), (match) => isRandom(match[1]!));
}

export const tokens: Detector[] = [
  token('aws_access_key', 'AKIA|ASIA|ABIA|ACCA', '[A-Z2-7]{16}(?![A-Za-z0-9])'),
  token('github_token', 'gh[oprsu]_', '[A-Za-z0-9]{36}'),
  token('github_token', 'github_pat_', '[A-Za-z0-9_]{22}'),
  token('gitlab_token', 'gl(?:pat|dt|rt|ptt|cbt|soat)-', '[A-Za-z0-9_-]{20}'),
  token('openai_key', 'sk-(?:proj|svcacct|admin)-', '[A-Za-z0-9_-]{20}'),
  token('openai_key', 'sk-', '[A-Za-z0-9]{32}'),
  token('openrouter_key', 'sk-or-v1-', '[0-9a-f]{32}'),
  token('anthropic_key', 'sk-ant-', '[A-Za-z0-9_-]{20}'),
  token('slack_token', 'xox[a-z](?:\\.xox[a-z])?-|xapp-', '[A-Za-z0-9-]{24}'),
  token('slack_webhook', 'hooks\\.slack\\.com/services/', '[A-Z0-9]{6,20}/[A-Z0-9]{6,20}/[A-Za-z0-9]{16,64}'),
  token('stripe_key', '[rs]k_live_', '[A-Za-z0-9]{16}'),
  token('stripe_key', 'whsec_', '[A-Za-z0-9]{24}'),
  token('google_api_key', 'AIza', '[A-Za-z0-9_-]{35}(?![A-Za-z0-9])'),
  token('npm_token', 'npm_', '[A-Za-z0-9]{36}'),
  token('hugging_face_token', 'hf_', '[A-Za-z0-9]{30}'),
  token('sendgrid_key', 'SG\\.', '[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'),
  token('threadkeep_key', 'tk_', '[A-Za-z0-9_-]{32}'),
  detector('private_key', /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/),
  // Its parts have no dot and start where a word does, so none is read twice but as the part of another triple.
  detector('jwt', /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/),
];
