// Settings of traces: the standard variables of OpenTelemetry. An endpoint switches traces on.
import { z } from 'zod';
import { serviceUrl } from './model-settings.js';
import { flag } from './setting-kinds.js';
import { withoutTrailingSlashes } from './web-address.js';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

export interface TracingSettings {
  /** Where spans are sent, with its path. */
  readonly url: string;
  /** Headers of each export. Their values may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** Milliseconds of one export, with its tries. */
  readonly timeoutMs: number;
  /** Attributes of every span: `service.name` and others that the operator sets. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** The part of the traces that the samplers by ratio keep. */
  readonly samplerRatio: number;
  /** Milliseconds between two exports. */
  readonly exportIntervalMs: number;
  /** Spans that wait for an export. Further ones are dropped. */
  readonly maxQueuedSpans: number;
}

const MAX_PAIRS = 64;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\x20-\x7e]{1,4096}$/;
const ATTRIBUTE_NAME = /^[\x21-\x7e]{1,255}$/;
const ATTRIBUTE_VALUE = /^[^\0]{0,255}$/u;

/** Reads `name=value,name=value`, with values that may be percent-encoded. @returns null if it is another text */
function readPairs(text: string, name: RegExp, value: RegExp): Record<string, string> | null {
  const trimmed = text.trimEnd();
  const pairs = (trimmed.endsWith(',') ? trimmed.slice(0, -1) : trimmed).split(',', MAX_PAIRS + 1);
  if (pairs.length > MAX_PAIRS) return null;
  const entries = pairs.map((pair): [string, string | null] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim(), at < 1 ? null : decoded(pair.slice(at + 1).trim())];
  });
  const areValid = entries.every(
    ([key, given]) => given !== null && name.test(key) && value.test(given),
  );
  return areValid ? (Object.fromEntries(entries) as Record<string, string>) : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const pairs = (name: RegExp, value: RegExp, message: string) =>
  z
    .string()
    .transform((text, context) => {
      const read = readPairs(text, name, value);
      if (!read) context.addIssue(message);
      return read ?? z.NEVER;
    })
    .optional();

const headers = pairs(
  HEADER_NAME,
  HEADER_VALUE,
  'must be headers as name=value with commas between, with values that are percent-encoded ASCII',
);
const protocol = z
  .literal(
    'http/protobuf',
    'must be http/protobuf, the only protocol that is spoken here; collectors take it on port 4318',
  )
  .optional();
const compression = z.enum(['gzip', 'none']).optional();
const milliseconds = z.coerce.number().int().min(1).max(600_000);
const endpoint = serviceUrl.optional();
/** Operators set it for many services, some of which write `True`. */
const anyCaseFlag = z.string().toLowerCase().pipe(flag).default(false);

export const tracingSettings = {
  OTEL_SDK_DISABLED: anyCaseFlag,
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'], 'must be otlp, the only exporter here, or none')
    .default('otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_HEADERS: headers,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers,
  OTEL_EXPORTER_OTLP_COMPRESSION: compression,
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: compression,
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds.optional(),
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: milliseconds.optional(),
  OTEL_SERVICE_NAME: z.string().max(255).optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs(
    ATTRIBUTE_NAME,
    ATTRIBUTE_VALUE,
    'must be attributes as name=value with commas between, each of at most 255 characters',
  ),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, `must be one of ${SAMPLERS.join(', ')}`)
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('must be a ratio from 0 to 1')
    .min(0, 'must be a ratio from 0 to 1')
    .max(1, 'must be a ratio from 0 to 1')
    .default(1),
  OTEL_BSP_SCHEDULE_DELAY: milliseconds.default(5_000),
  OTEL_BSP_MAX_QUEUE_SIZE: z.coerce.number().int().min(1).max(100_000).default(2_048),
};

/**
 * Leaves the variables out when there are no traces. Operators set them for all services of a cluster,
 * with values that other exporters understand.
 */
export function withoutUnusedTracing(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isOff =
    endpoint === undefined ||
    env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' ||
    env['OTEL_TRACES_EXPORTER'] === 'none';
  if (!isOff) return env;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !(name in tracingSettings)));
}

type TracingEnvironment = z.infer<z.ZodObject<typeof tracingSettings>>;

const DEFAULT_TIMEOUT_MS = 10_000;

/** Undefined without an endpoint. @param env as `withoutUnusedTracing` leaves it */
export function tracingSettingsOf(env: TracingEnvironment): TracingSettings | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url =
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${withoutTrailingSlashes(base)}/v1/traces`);
  if (!url) return undefined;
  return Object.freeze({
    url,
    headers: { ...env.OTEL_EXPORTER_OTLP_HEADERS, ...env.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    compression:
      env.OTEL_EXPORTER_OTLP_TRACES_COMPRESSION ?? env.OTEL_EXPORTER_OTLP_COMPRESSION ?? 'none',
    timeoutMs:
      env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TIMEOUT ?? DEFAULT_TIMEOUT_MS,
    resource: {
      'service.name': 'threadkeep',
      ...env.OTEL_RESOURCE_ATTRIBUTES,
      ...(env.OTEL_SERVICE_NAME && { 'service.name': env.OTEL_SERVICE_NAME }),
    },
    sampler: env.OTEL_TRACES_SAMPLER,
    samplerRatio: env.OTEL_TRACES_SAMPLER_ARG,
    exportIntervalMs: env.OTEL_BSP_SCHEDULE_DELAY,
    maxQueuedSpans: env.OTEL_BSP_MAX_QUEUE_SIZE,
  });
}
