// Finds tokens by their issuers' prefixes, where the maintained list (`listed-tokens.ts`) has no
// rule.
import { type Detector, detector } from './detector.js';

/** Not in the middle of a word, as in task-... and desk-... */
const START = '(?<![A-Za-z0-9])';

/**
 * Accepts only text that looks random: not xxxxxxxx, and not a-name-like-this, which has neither a
 * digit nor a capital.
 */
export function isRandom(text: string): boolean {
  return new Set(text).size >= 8 && /[0-9A-Z]/.test(text);
}

/** @param start a pattern for the prefix @param body a pattern for the shortest random part */
function token(kind: string, start: string, body: string): Detector {
  return detector(kind, new RegExp(`${START}(?:${start})(${body})`), (match) =>
    isRandom(match[1]!),
  );
}

const isRandomBody = (match: RegExpExecArray): boolean => isRandom(match[1]!);

/** Issuers without a rule in the list: kind, prefix and body, sorted by kind. */
const OTHER_ISSUERS: [kind: string, start: string, body: string][] = [
  ['age_key', 'AGE-SECRET-KEY-1', '[A-Z0-9]{58}'],
  ['airtable_token', 'pat', '[A-Za-z0-9]{14}\\.[0-9a-f]{64}'],
  ['alibaba_key', 'LTAI', '[A-Za-z0-9]{20}'],
  ['atlassian_token', 'AT(?:ATT|CTT|BB)', '[A-Za-z0-9_=-]{28}'],
  ['digitalocean_token', 'do[opr]_v1_', '[0-9a-f]{64}'],
  ['discord_token', '[MNO]', '[A-Za-z0-9_-]{22,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27}'],
  ['discord_webhook', 'discord(?:app)?\\.com/api/webhooks/', '\\d{17,20}/[A-Za-z0-9_-]{60}'],
  ['doppler_token', 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.', '[A-Za-z0-9._-]{40}'],
  ['google_api_key', 'AIza', '[A-Za-z0-9_-]{35}(?![A-Za-z0-9])'],
  ['google_oauth_secret', 'GOCSPX-', '[A-Za-z0-9_-]{28}'],
  ['google_oauth_token', 'ya29\\.', '[A-Za-z0-9_-]{30}'],
  ['heroku_key', 'HRKU-', '[A-Za-z0-9_-]{36}'],
  ['mailgun_key', 'key-', '[0-9a-f]{32}'],
  ['netlify_token', 'nfp_', '[A-Za-z0-9]{36}'],
  ['new_relic_key', 'NRAK-', '[A-Z0-9]{27}'],
  ['openrouter_key', 'sk-or-v1-', '[0-9a-f]{32}'],
  ['perplexity_key', 'pplx-', '[A-Za-z0-9]{32}'],
  ['planetscale_token', 'pscale_(?:tkn|pw|oauth)_', '[A-Za-z0-9_=.-]{32}'],
  ['postman_key', 'PMAK-', '[0-9a-f]{24}-[0-9a-f]{34}'],
  ['pypi_token', 'pypi-', 'AgE[A-Za-z0-9_-]{50}'],
  ['replicate_token', 'r8_', '[A-Za-z0-9]{37}'],
  ['rubygems_key', 'rubygems_', '[0-9a-f]{48}'],
  ['sentry_token', 'sntry[su]_', '[A-Za-z0-9+/=_-]{40}'],
  ['square_token', 'sq0(?:atp|csp|idp)-|EAAA', '[A-Za-z0-9_-]{43}'],
  ['stripe_key', '[rs]k_live_', '[A-Za-z0-9]{16}'],
  ['stripe_key', 'whsec_', '[A-Za-z0-9]{24}'],
  ['supabase_key', 'sbp_|sb_secret_', '[A-Za-z0-9_-]{31}'],
  ['tailscale_key', 'tskey-(?:auth|api|client)-', '[A-Za-z0-9-]{20}'],
  ['threadkeep_key', 'tk_', '[A-Za-z0-9_-]{32}'],
  ['twilio_key', 'SK', '[0-9a-f]{32}'],
  ['xai_key', 'xai-', '[A-Za-z0-9]{60}'],
];

/** Kinds and lengths of tokens that the list's rules for their issuers lack. */
const OTHER_KINDS: [kind: string, start: string, body: string][] = [
  // Keys of administrators and logins have other lengths.
  ['anthropic_key', 'sk-ant-', '[A-Za-z0-9_-]{20}'],
  // The prefixes of bearer tokens and context-specific credentials.
  ['aws_access_key', 'ABIA|ACCA', '[A-Z2-7]{16}(?![A-Za-z0-9])'],
  ['docker_token', 'dckr_oat_', '[A-Za-z0-9_-]{24}'],
  ['figma_token', 'fig[uo]_', '[A-Za-z0-9_-]{40}'],
  // Refresh tokens, and tokens of apps, are longer than 36.
  ['github_token', 'gh[oprsu]_', '[A-Za-z0-9]{37}'],
  ['gitlab_token', 'gl(?:dt|rt|ptt|cbt|soat)-', '[A-Za-z0-9_-]{20}'],
  // Tokens with digits.
  ['hugging_face_token', 'hf_', '[A-Za-z0-9]{30}'],
  ['linear_key', 'lin_oauth_', '[A-Za-z0-9]{32}'],
  ['notion_token', 'secret_', '[A-Za-z0-9]{43}'],
  // Without OpenAI's marker in the middle, for other issuers that use the same form.
  ['openai_key', 'sk-(?:proj|svcacct|admin)-', '[A-Za-z0-9_-]{20}'],
  ['openai_key', 'sk-', '[A-Za-z0-9]{32}'],
  // With more than one hyphen, as in two of five keys.
  ['sendgrid_key', 'SG\\.', '[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'],
  ['slack_token', 'xox[cdes](?:\\.xox[a-z])?-', '[A-Za-z0-9-]{24}'],
  // Root tokens are shorter than others.
  ['vault_token', 'hv[sbr]\\.', '[A-Za-z0-9_-]{24}'],
];

/**
 * True when a text may contain a token: sixteen token characters in a row, or the head of a PEM
 * key. Other texts need no search.
 */
export const mayHoldToken = (text: string): boolean => /[\w.~+/=%-]{16}|-----BEGIN/.test(text);

export const tokens: Detector[] = [
  ...[...OTHER_ISSUERS, ...OTHER_KINDS].map(([kind, start, body]) => token(kind, start, body)),
  // Azure's storage keys, signed links and application secrets.
  detector('azure_key', /(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40})/i, isRandomBody),
  detector('azure_sas', /[?&;]sig=([A-Za-z0-9%+/]{40})/i, isRandomBody),
  detector('azure_client_secret', /\dQ~([A-Za-z0-9_~.-]{31})/, isRandomBody),
  detector(
    'telegram_token',
    /(?:(?<![A-Za-z0-9])|(?<=bot))\d{8,10}:([A-Za-z0-9_-]{35})/,
    isRandomBody,
  ),
  // Matches the head only, so that a truncated key is found too; the list needs the whole key.
  detector('private_key', /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/),
  // Its parts contain no dot and begin at a word boundary, so the search takes linear time.
  detector(
    'jwt',
    /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  ),
];
