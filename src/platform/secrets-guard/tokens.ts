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

const isRandomBody = (match: RegExpExecArray): boolean => isRandom(match[1]!);

/** Kind, start and body, sorted by kind. */
const MORE_ISSUERS: [kind: string, start: string, body: string][] = [
  ['age_key', 'AGE-SECRET-KEY-1', '[A-Z0-9]{58}'],
  ['airtable_token', 'pat', '[A-Za-z0-9]{14}\\.[0-9a-f]{64}'],
  ['alibaba_key', 'LTAI', '[A-Za-z0-9]{20}'],
  ['atlassian_token', 'AT(?:ATT|CTT|BB)', '[A-Za-z0-9_=-]{28}'],
  ['databricks_token', 'dapi', '[0-9a-f]{32}'],
  ['digitalocean_token', 'do[opr]_v1_', '[0-9a-f]{64}'],
  ['docker_token', 'dckr_(?:pat|oat)_', '[A-Za-z0-9_-]{24}'],
  ['doppler_token', 'dp\\.(?:pt|st|ct|sa|scim|audit)\\.', '[A-Za-z0-9._-]{40}'],
  ['figma_token', 'fig[duo]_', '[A-Za-z0-9_-]{40}'],
  ['google_oauth_secret', 'GOCSPX-', '[A-Za-z0-9_-]{28}'],
  ['google_oauth_token', 'ya29\\.', '[A-Za-z0-9_-]{30}'],
  ['grafana_token', 'gl(?:sa|c)_', '[A-Za-z0-9+/=_-]{32}'],
  ['groq_key', 'gsk_', '[A-Za-z0-9]{40}'],
  ['heroku_key', 'HRKU-', '[A-Za-z0-9_-]{36}'],
  ['linear_key', 'lin_(?:api|oauth)_', '[A-Za-z0-9]{32}'],
  ['mailgun_key', 'key-', '[0-9a-f]{32}'],
  ['netlify_token', 'nfp_', '[A-Za-z0-9]{36}'],
  ['new_relic_key', 'NRAK-', '[A-Z0-9]{27}'],
  ['notion_token', 'ntn_|secret_', '[A-Za-z0-9]{43}'],
  ['perplexity_key', 'pplx-', '[A-Za-z0-9]{32}'],
  ['planetscale_token', 'pscale_(?:tkn|pw|oauth)_', '[A-Za-z0-9_=.-]{32}'],
  ['postman_key', 'PMAK-', '[0-9a-f]{24}-[0-9a-f]{34}'],
  ['pypi_token', 'pypi-', 'AgE[A-Za-z0-9_-]{50}'],
  ['replicate_token', 'r8_', '[A-Za-z0-9]{37}'],
  ['rubygems_key', 'rubygems_', '[0-9a-f]{48}'],
  ['sentry_token', 'sntry[su]_', '[A-Za-z0-9+/=_-]{40}'],
  ['shopify_token', 'shp(?:at|ca|pa|ss)_', '[0-9A-Fa-f]{32}'],
  ['square_token', 'sq0(?:atp|csp|idp)-|EAAA', '[A-Za-z0-9_-]{43}'],
  ['supabase_key', 'sbp_|sb_secret_', '[A-Za-z0-9_-]{31}'],
  ['tailscale_key', 'tskey-(?:auth|api|client)-', '[A-Za-z0-9-]{20}'],
  ['twilio_key', 'SK', '[0-9a-f]{32}'],
  ['vault_token', 'hv[sbr]\\.', '[A-Za-z0-9_-]{24}'],
  ['xai_key', 'xai-', '[A-Za-z0-9]{60}'],
];

/**
 * All kinds of tokens need one of these: a text without is not searched further. Sixteen
 * characters of a token stand in a row, or a key in PEM begins.
 */
export const mayHoldToken = (text: string): boolean => /[\w.~+/=%-]{16}|-----BEGIN/.test(text);

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
  ...MORE_ISSUERS.map(([kind, start, body]) => token(kind, start, body)),
  // Storage keys, signed links and secrets of applications in Azure.
  detector('azure_key', /(?:Account|SharedAccess)Key=([A-Za-z0-9+/]{40})/i, isRandomBody),
  detector('azure_sas', /[?&;]sig=([A-Za-z0-9%+/]{40})/i, isRandomBody),
  detector('azure_client_secret', /\dQ~([A-Za-z0-9_~.-]{31})/, isRandomBody),
  detector('telegram_token', /(?:(?<![A-Za-z0-9])|(?<=bot))\d{8,10}:([A-Za-z0-9_-]{35})/, isRandomBody),
  token('discord_token', '[MNO]', '[A-Za-z0-9_-]{22,27}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27}'),
  token('discord_webhook', 'discord(?:app)?\\.com/api/webhooks/', '\\d{17,20}/[A-Za-z0-9_-]{60}'),
  detector('private_key', /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY/),
  // Its parts have no dot and start where a word does, so none is read twice but as the part of another triple.
  detector('jwt', /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/),
];
