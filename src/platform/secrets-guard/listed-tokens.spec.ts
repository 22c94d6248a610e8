import { describe, expect, it } from '@jest/globals';
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { alphanumeric, letters, of, random } from '../../../test/support/fake-tokens.js';
import { findingsIn } from './findings.js';

const SECRETS = new Set(['secrets'] as const);
const kindsIn = (text: string): string[] => findingsIn(text, SECRETS).map(({ kind }) => kind);

const pem = (kind: string): string =>
  of(
    `-----BEGIN ${kind}PRIVATE `,
    'KEY-----\nMIIEpAIBAAKCAQEA',
    alphanumeric(400),
    '\n-----END ',
    `${kind}PRIVATE KEY-----`,
  );

/** What the guard calls each thing that a rule of the list reports, and a text with it. */
const EXAMPLES: Record<string, [kind: string, text: string]> = {
  AWSAccessKeyID: ['aws_access_key_id', of('AKIA', 'Z4XK7QPLM2VT3HWC')],
  AWSSecretAccessKey: ['aws_secret_access_key', of('AWS_SECRET_ACCESS_KEY=', alphanumeric(40))],
  PrivateKeyJSON: ['private_key', JSON.stringify({ private_key_id: 'a', private_key: pem('') })],
  PrivateKey: ['private_key', pem('RSA ')],
  PackageJSON_xOauthToken: [
    'url_password',
    of('https://', alphanumeric(40), ':x-oauth-basic', '@github.com/me/repo'),
  ],
  Npmrc_authToken: ['credential', of('//registry.example/:_auth', 'Token=', alphanumeric(36))],
  NPM_ACCESS_TOKEN: ['npm_access_token', of('npm', '_', alphanumeric(36))],
  BasicAuth: ['url_password', of('https://', 'ada:Tr0ub4dor', '@shop.example/')],
  SLACK_TOKEN: ['slack_token', of('xo', 'xb-', '2923847561203-2930475612034-', alphanumeric(24))],
  IncomingWebhook: [
    'incoming_webhook',
    of('https://hooks.slack.com', '/services/', 'T02AB3CD4/B05EF6GH7/', alphanumeric(24)),
  ],
  SENDGRID_KEY: ['sendgrid_key', of('SG', '.', alphanumeric(22), '.', alphanumeric(43))],
  SHOPIFY_KEY: ['shopify_key', of('shp', 'pa_', random(32))],
  GITHUB_TOKEN: ['github_token', of('gho', '_', alphanumeric(36))],
  GITLAB_PERSONAL_ACCESS_TOKEN: [
    'gitlab_personal_access_token',
    of('gl', 'pat-', alphanumeric(20)),
  ],
  GRAFANA_CLOUD_API_TOKEN: ['grafana_cloud_api_token', of('gl', 'c_', alphanumeric(80), '==')],
  GRAFANA_SERVICE_ACCOUNT_TOKEN: [
    'grafana_service_account_token',
    of('gl', 'sa_', alphanumeric(32), '_', random(8)),
  ],
  OPENAI_TOKEN: [
    'openai_token',
    of('s', 'k-proj-', alphanumeric(74), 'T3Blbk', 'FJ', alphanumeric(74)),
  ],
  ANTHROPIC_API_KEY: ['anthropic_api_key', of('s', 'k-ant-api03-', alphanumeric(93), 'AA')],
  GROQ_API_KEY: ['groq_api_key', of('gs', 'k_', alphanumeric(52))],
  HUGGINGFACE_USER_ACCESS_TOKEN: ['huggingface_user_access_token', of('h', 'f_', letters(34))],
  LINEAR_API_TOKEN: ['linear_api_token', of('lin', '_api_', alphanumeric(40))],
  NOTION_INTEGRATION_TOKEN: [
    'notion_integration_token',
    of('ntn', '_', '12345678901', alphanumeric(35)),
  ],
  OPS_TOKEN: [
    'ops_token',
    of(
      'op',
      's_',
      Buffer.from(JSON.stringify({ email: 'a@b.example', secretKey: random(92) })).toString(
        'base64',
      ),
    ),
  ],
  MongoDBConnection: ['url_password', of('mongodb+srv://', 'ada:Tr0ub4dor', '@db.example/shop')],
  MySQLConnection: ['url_password', of('jdbc:mysql://', 'ada:Tr0ub4dor', '@db.example/shop')],
  PostgreSQLConnection: ['url_password', of('postgresql://', 'ada:Tr0ub4dor', '@db.example/shop')],
  HASHICORP_VAULT_SERVICE_TOKEN: [
    'hashicorp_vault_service_token',
    of('hv', 's.', alphanumeric(91)),
  ],
  HASHICORP_VAULT_BATCH_TOKEN: ['hashicorp_vault_batch_token', of('hv', 'b.', alphanumeric(138))],
  HASHICORP_VAULT_RECOVERY_TOKEN: [
    'hashicorp_vault_recovery_token',
    of('hv', 'r.', alphanumeric(91)),
  ],
  VERCEL_PERSONAL_ACCESS_TOKEN: ['vercel_personal_access_token', of('vc', 'p_', alphanumeric(56))],
  VERCEL_INTEGRATION_TOKEN: ['vercel_integration_token', of('vc', 'i_', alphanumeric(56))],
  VERCEL_APP_ACCESS_TOKEN: ['vercel_app_access_token', of('vc', 'a_', alphanumeric(56))],
  VERCEL_APP_REFRESH_TOKEN: ['vercel_app_refresh_token', of('vc', 'r_', alphanumeric(56))],
  VERCEL_AI_GATEWAY_API_KEY: ['vercel_ai_gateway_api_key', of('vc', 'k_', alphanumeric(56))],
  DATABRICKS_PERSONAL_ACCESS_TOKEN: [
    'databricks_personal_access_token',
    of('da', 'pi', random(32), '-2'),
  ],
  DOCKER_PERSONAL_ACCESS_TOKEN: [
    'docker_personal_access_token',
    of('dckr', '_pat_', alphanumeric(27)),
  ],
  FIGMA_PERSONAL_ACCESS_TOKEN: ['figma_personal_access_token', of('fig', 'd_', alphanumeric(43))],
};

/** What is reported and no secret, or no text. */
const NOT_LOOKED_FOR = ['AWSAccountID', 'PrivateKeyP12', 'IGNORE_MESSAGE'];

/** Kinds that only their place gives away: they are not looked for in what is decoded. */
const BY_PLACE = new Set(['url_password', 'credential']);

const wide = (text: string): string =>
  text
    .replace(/[!-~]/g, (one) => String.fromCodePoint(one.charCodeAt(0) + 0xfee0))
    .replaceAll(' ', '\u3000');
const DISGUISES: [name: string, of: (text: string) => string][] = [
  ['as it is', (text) => text],
  ['within a sentence', (text) => `She wrote (see below) "${text}", and went home.`],
  ['between lines', (text) => `My key is\n${text}\nand that is all.`],
  ['in full width', wide],
  ['with zero-width spaces', (text) => [...text].join('\u200b')],
  ['with soft hyphens', (text) => text.replace(/.{7}/gs, '$&\u00ad')],
];

describe('the maintained list of tokens', () => {
  const reported = rules.flatMap(({ messages }) => Object.keys(messages));

  it('has an example for all that its rules report, so that a new rule has to be looked at', () => {
    expect(reported.toSorted()).toEqual([...Object.keys(EXAMPLES), ...NOT_LOOKED_FOR].toSorted());
  });

  describe.each(DISGUISES)('%s', (_, disguised) => {
    it.each(Object.entries(EXAMPLES))('finds: %s', (_message, [kind, text]) => {
      expect(kindsIn(disguised(text))).toContain(kind);
    });
  });

  it.each(Object.entries(EXAMPLES).filter(([, [kind]]) => !BY_PLACE.has(kind)))(
    'finds in base64: %s',
    (_message, [kind, text]) => {
      expect(kindsIn(Buffer.from(`{"note":"${text}"}`).toString('base64'))).toContain(kind);
    },
  );

  it('cannot be switched off by the text', () => {
    const [kind, text] = EXAMPLES['GITHUB_TOKEN']!;
    expect(kindsIn(`/* secretlint-disable */ ${text} // secretlint-disable-line`)).toContain(kind);
  });

  it.each([
    of('ghp', '_', 'x'.repeat(36)),
    of('gl', 'pat-xxxxxxxxxxxxxxxxxxxx'),
    of('AK', 'IAXXXXXXXXXXXXXXXX'),
    of('xo', 'xb-your-token-here'),
    of('https://hooks.slack.com', '/services/T00000000/B00000000/', 'X'.repeat(24)),
    of('dckr', '_pat_', 'your-personal-access-tokens'),
    'the AWS account: 1234-5678-9012',
    '//registry.example/:_authToken=${NPM_TOKEN}',
  ])('lets a placeholder pass: %s', (text) => {
    expect(kindsIn(text)).toEqual([]);
  });
});
