// Settings of model providers: where they are, the operator's keys, prices and limits of time.
import { z } from 'zod';
import { withoutTrailingSlashes } from './web-address.js';

/** The wire formats that are spoken to providers. */
export const MODEL_APIS = [
  'openai-compatible',
  'openai-chat',
  'openai-responses',
  'anthropic',
  'google',
] as const;
export type ModelApi = (typeof MODEL_APIS)[number];

export interface ModelProvider {
  readonly name: string;
  readonly api: ModelApi;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** The operator's key. Absent: requests go without one, or with the user's own. */
  readonly apiKey?: string;
  /** Calls that run at a time in this process. Absent: any number. */
  readonly concurrency?: number;
  /** Requests that this process sends in any minute. Absent: any number. */
  readonly requestsPerMinute?: number;
}

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Of input that the provider had cached. Absent: as other input. */
  readonly cachedInput?: number;
  /** Of input that the provider writes to its cache. Absent: as other input. */
  readonly cacheWrite?: number;
}

/** Who writes a title or a summary: the model of the turn (`auto`), nobody, or a model of its own. */
export type DigestModel = 'auto' | 'off' | { readonly provider: string; readonly name: string };

export interface ModelSettings {
  readonly title: DigestModel;
  readonly summary: DigestModel;
  /** By name. Empty: no model can be called. */
  readonly providers: ReadonlyMap<string, ModelProvider>;
  /** By `provider/model`. */
  readonly prices: ReadonlyMap<string, ModelPrice>;
  /** Milliseconds until the head of an answer. */
  readonly headTimeoutMs: number;
  /** Milliseconds between two reads of an answer. */
  readonly silenceTimeoutMs: number;
  /** Milliseconds of a whole call, with all its tries. */
  readonly totalTimeoutMs: number;
  /** The longest wait before another try. A provider that asks for more has failed. */
  readonly maxRetryWaitMs: number;
  /** Milliseconds that a turn waits for a place at its provider. */
  readonly maxQueueWaitMs: number;
}

const OPENAI_URL = 'https://api.openai.com/v1';
const ANTHROPIC_URL = 'https://api.anthropic.com/v1';
const GOOGLE_URL = 'https://generativelanguage.googleapis.com/v1beta';

/** The base URL of an API whose provider has no other. */
const OWN_URLS: Readonly<Record<Exclude<ModelApi, 'openai-compatible'>, string>> = {
  'openai-chat': OPENAI_URL,
  'openai-responses': OPENAI_URL,
  anthropic: ANTHROPIC_URL,
  google: GOOGLE_URL,
};

export const serviceUrl = z
  .string()
  .max(2_048)
  .regex(
    /^https?:\/\/[^\s@?#]+$/,
    'must be an http:// or https:// URL without credentials or a query',
  )
  .refine((url) => URL.canParse(url), 'must be a URL');
/**
 * Refuses characters that a header cannot contain: fetch would put the key into its error message.
 */
export const serviceKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,1024}$/, 'must be printable ASCII without spaces');

const PROVIDER_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const providerEntry = z.strictObject({
  api: z.enum(MODEL_APIS).optional(),
  baseUrl: serviceUrl.optional(),
  apiKey: serviceKey.optional(),
  concurrency: z.number().int().min(1).max(10_000).optional(),
  requestsPerMinute: z.number().int().min(1).max(100_000).optional(),
});
const providerEntries = z.record(z.string().regex(PROVIDER_NAME), providerEntry);
const dollars = z.number().min(0).max(1_000_000);
const priceEntries = z.record(
  z.string().regex(/^[^/]{1,63}\/.{1,200}$/),
  z.strictObject({
    input: dollars,
    output: dollars,
    cachedInput: dollars.optional(),
    cacheWrite: dollars.optional(),
  }),
);

/** Reads JSON. The message quotes nothing, because there may be keys in the text. */
const jsonSetting = <T extends z.ZodType>(schema: T, message: string) =>
  z
    .string()
    .optional()
    .transform((text, context): z.output<T> => {
      const read = schema.safeParse(text === undefined ? {} : parsedJson(text));
      if (!read.success) context.addIssue(message);
      return read.data ?? z.NEVER;
    });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const digestModel = z
  .string()
  .regex(/^(?:auto|off|[a-z][a-z0-9_-]{0,62}\/.{1,200})$/, 'must be auto, off or provider/model')
  .default('auto')
  .transform((text): DigestModel => {
    if (text === 'auto' || text === 'off') return text;
    const slash = text.indexOf('/');
    return Object.freeze({ provider: text.slice(0, slash), name: text.slice(slash + 1) });
  });

const milliseconds = (fallback: number) =>
  z.coerce.number().int().min(1).max(86_400_000).default(fallback);

export const modelSettings = {
  ANTHROPIC_API_KEY: serviceKey.optional(),
  ANTHROPIC_BASE_URL: serviceUrl.default(ANTHROPIC_URL),
  GOOGLE_GENERATIVE_AI_API_KEY: serviceKey.optional(),
  GOOGLE_GENERATIVE_AI_BASE_URL: serviceUrl.default(GOOGLE_URL),
  MODEL_PROVIDERS: jsonSetting(
    providerEntries,
    `must be a JSON object of providers by name (lower case), each with "api" (${MODEL_APIS.join(', ')}), "baseUrl", "apiKey", "concurrency" and "requestsPerMinute"`,
  ),
  MODEL_PRICES: jsonSetting(
    priceEntries,
    'must be a JSON object of prices by provider/model, each with "input" and "output" in US dollars for a million tokens, and "cachedInput" and "cacheWrite" if they differ',
  ),
  TITLE_MODEL: digestModel,
  SUMMARY_MODEL: digestModel,
  MODEL_HEAD_TIMEOUT_MS: milliseconds(60_000),
  MODEL_SILENCE_TIMEOUT_MS: milliseconds(120_000),
  MODEL_TOTAL_TIMEOUT_MS: milliseconds(600_000),
  MODEL_MAX_RETRY_WAIT_MS: milliseconds(30_000),
  MODEL_MAX_QUEUE_WAIT_MS: milliseconds(30_000),
};

type ModelEnvironment = z.infer<z.ZodObject<typeof modelSettings>> & {
  OPENAI_API_KEY?: string | undefined;
  OPENAI_BASE_URL: string;
};

/**
 * True when every provider has a base URL: one of its own, or that of its API.
 */
export const haveBaseUrls = (env: ModelEnvironment): boolean =>
  [...givenProviders(env).values()].every(({ api, baseUrl }) => urlOf(api, baseUrl) !== null);

export const modelSettingsOf = (env: ModelEnvironment): ModelSettings =>
  Object.freeze({
    providers: new Map(
      [...givenProviders(env)].map(([name, given]) => [name, providerOf(name, given)]),
    ),
    prices: new Map(Object.entries(env.MODEL_PRICES) as [string, ModelPrice][]),
    title: env.TITLE_MODEL,
    summary: env.SUMMARY_MODEL,
    headTimeoutMs: env.MODEL_HEAD_TIMEOUT_MS,
    silenceTimeoutMs: env.MODEL_SILENCE_TIMEOUT_MS,
    totalTimeoutMs: env.MODEL_TOTAL_TIMEOUT_MS,
    maxRetryWaitMs: env.MODEL_MAX_RETRY_WAIT_MS,
    maxQueueWaitMs: env.MODEL_MAX_QUEUE_WAIT_MS,
  });

type GivenProvider = z.infer<typeof providerEntry>;

/** Leaves out what is not given. */
function providerOf(name: string, given: GivenProvider): ModelProvider {
  const { api = 'openai-compatible', baseUrl, ...rest } = given;
  const url = withoutTrailingSlashes(urlOf(api, baseUrl)!);
  const own = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { name, api, baseUrl: url, ...Object.fromEntries(own) };
}

const urlOf = (api: ModelApi = 'openai-compatible', baseUrl?: string): string | null =>
  baseUrl ?? (api === 'openai-compatible' ? null : OWN_URLS[api]);

/** An entry of MODEL_PROVIDERS adds to a provider that has variables of its own. */
function givenProviders(env: ModelEnvironment): Map<string, GivenProvider> {
  const providers = new Map<string, GivenProvider>(namedProviders(env));
  for (const [name, entry] of Object.entries(env.MODEL_PROVIDERS))
    providers.set(name, { ...(providers.get(name) ?? unconfigured(name)), ...entry });
  return providers;
}

function namedProviders(env: ModelEnvironment): [string, GivenProvider][] {
  const { ANTHROPIC_API_KEY, GOOGLE_GENERATIVE_AI_API_KEY, OPENAI_API_KEY } = env;
  const isOpenAi = withoutTrailingSlashes(env.OPENAI_BASE_URL) === OPENAI_URL;
  const named: [string, ModelApi, string, string | undefined, boolean][] = [
    ['anthropic', 'anthropic', env.ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY, false],
    ['google', 'google', env.GOOGLE_GENERATIVE_AI_BASE_URL, GOOGLE_GENERATIVE_AI_API_KEY, false],
    // A server of the operator's own may need no key.
    isOpenAi
      ? ['openai', 'openai-chat', OPENAI_URL, OPENAI_API_KEY, false]
      : ['openai', 'openai-compatible', env.OPENAI_BASE_URL, OPENAI_API_KEY, true],
  ];
  return named
    .filter(([, , , apiKey, worksWithoutKey]) => apiKey !== undefined || worksWithoutKey)
    .map(([name, api, baseUrl, apiKey]) => [
      name,
      { api, baseUrl, ...(apiKey === undefined ? {} : { apiKey }) },
    ]);
}

/** A provider of a well-known name speaks its own API, without a key of the operator's. */
function unconfigured(name: string): GivenProvider {
  if (name === 'openai') return { api: 'openai-chat' };
  return name === 'anthropic' || name === 'google' ? { api: name } : {};
}
