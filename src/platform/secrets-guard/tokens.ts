// Secrets that show what they are: issuers begin them with letters of their own, so that they can
// be found. Only what the maintained list (`listed-tokens.ts`) has no rule for.
import { type Detector, detector } from './detector.js';

/** Not a word that goes on, as in task-… and desk-… */
const START = '(?<![A-Za-z0-9])';

/**
 * Words and examples pass: xxxxxxxx has no variety, and a-name-like-this neither a digit nor a
 * capital.
 */
export function isRandom(text: string): boolean {
  return new Set(text).size >= 8 && /[0-9A-Z]/.test(text);
}

/**
 * @param start a pattern of the letters before the random part, `body` one of as much of that as
 * the shortest has
 */
function token(kind: string, start: string, body: string): Detector {
  return detector(kind, new RegExp(`${START}(?:${start})(${body})`), (match) =>
    isRandom(match[1]!),
  );
}

const isRandomBody = (match: RegExpExecArray): boolean => isRandom(match[1]!);

/** Issuers that the list has no rule for. Kind, start and body, sorted by kind. */
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

/**
 * What the list's rules for an issuer leave out: its other kinds of token, and lengths that it
 * gives besides.
 */
const OTHER_KINDS: [kind: string, start: string, body: string][] = [
  // Keys of administrators and of logins, too, which have other lengths.
  ['anthropic_key', 'sk-ant-', '[A-Za-z0-9_-]{20}'],
  // The credentials of a bearer token and of a context.
  ['aws_access_key', 'ABIA|ACCA', '[A-Z2-7]{16}(?![A-Za-z0-9])'],
  ['docker_token', 'dckr_oat_', '[A-Za-z0-9_-]{24}'],
  ['figma_token', 'fig[uo]_', '[A-Za-z0-9_-]{40}'],
  // Refresh tokens, and those of apps, are longer than 36.
  ['github_token', 'gh[oprsu]_', '[A-Za-z0-9]{37}'],
  ['gitlab_token', 'gl(?:dt|rt|ptt|cbt|soat)-', '[A-Za-z0-9_-]{20}'],
  // With digits, too.
  ['hugging_face_token', 'hf_', '[A-Za-z0-9]{30}'],
  ['linear_key', 'lin_oauth_', '[A-Za-z0-9]{32}'],
  ['notion_token', 'secret_', '[A-Za-z0-9]{43}'],
  // Without OpenAI's mark in the middle, as others give them who took the form over.
  ['openai_key', 'sk-(?:proj|svcacct|admin)-', '[A-Za-z0-9_-]{20}'],
  ['openai_key', 'sk-', '[A-Za-z0-9]{32}'],
  // With more than one hyphen, as two in five have.
  ['sendgrid_key', 'SG\\.', '[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}'],
  ['slack_token', 'xox[cdes](?:\\.xox[a-z])?-', '[A-Za-z0-9-]{24}'],
  // Root tokens are shorter than others.
  ['vault_token', 'hv[sbr]\\.', '[A-Za-z0-9_-]{24}'],
];

/**
 * All kinds of tokens need one of these: a text without is not searched further. Sixteen
 * characters of a token stand in a row, or a key in PEM begins.
 */
export const mayHoldToken = (text: string): boolean => /[\w.~+/=%-]{16}|-----BEGIN/.test(text);

export const tokens: Detector[] = [
  ...[...OTHER_ISSUERS, ...OTHER_KINDS].map(([kind, start, body]) => token(kind, start, body)),
  // Storage keys, signed links and secrets of applications in Azure.
  detector('azure_key', /(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40})/i, isRandomBody),
  detector('azure_sas', /[?&;]sig=([A-Za-z0-9%+/]{40})/i, isRandomBody),
  detector('azure_client_secret', /\dQ~([A-Za-z0-9_~.-]{31})/, isRandomBody),
  detector(
    'telegram_token',
    /(?:(?<![A-Za-z0-9])|(?<=bot))\d{8,10}:([A-Za-z0-9_-]{35})/,
    isRandomBody,
  ),
  // The head is enough: a key that was cut is one, too, and the list wants it whole.
  detector('private_key', /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/),
  // Its parts have no dot and start where a word does, so none is read twice but as the part of
  // another triple.
  detector(
    'jwt',
    /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
  ),
];
