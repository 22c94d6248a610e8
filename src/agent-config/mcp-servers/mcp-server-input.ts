// Applies the body of a request to an MCP server and its secrets.
import type { FieldError } from '../../platform/errors/index.js';
import { pointerToken } from '../../platform/input/index.js';
import { headersFault } from '../mcp/header-rules.js';
import type { SentSecrets, UpdateMcpServerDto } from './dto/mcp-server-body.dto.js';
import { McpServerErrors } from './mcp-servers.errors.js';
import {
  type McpServerRow,
  SECRET_PLACES,
  type SecretNames,
  type SecretPlace,
  type McpServerSecrets,
} from './mcp-server-row.js';

const MAX_SECRETS = 50;
/** Total size of the values of one place. */
const MAX_SECRETS_BYTES = 131_072;
const MAX_NAME_CHARACTERS = 200;
const MAX_QUERY_CHARACTERS = 1_000;

export type McpServerChanges = UpdateMcpServerDto;
/** The fields that are not secret. */
export type McpServerShape = Pick<
  McpServerRow,
  'name' | 'transport' | 'enabled' | 'url' | 'command' | 'args' | 'overridable'
>;

/**
 * Applies changes to a server. Fields of the other kind of transport are dropped when the transport
 * changes.
 * @throws AppError `mcp_server.invalid`
 */
export function applyShapeChanges(
  changes: McpServerChanges,
  before: McpServerShape | null,
  isService: boolean,
): McpServerShape {
  if (!isService && changes.overridable != null)
    throw McpServerErrors.invalid({
      errors: [{ pointer: '/overridable', message: 'is allowed only for servers of the service' }],
    });
  const transport =
    changes.transport === 'streamable-http'
      ? 'http'
      : (changes.transport ?? before?.transport ?? 'stdio');
  const isCommand = transport === 'stdio';
  const same = before && (before.transport === 'stdio') === isCommand ? before : null;
  const unfitting = (isCommand ? (['url'] as const) : (['command', 'args'] as const)).filter(
    (field) => changes[field] != null,
  );
  const missing = (isCommand ? (['command'] as const) : (['url'] as const)).filter(
    (field) => !(changes[field] ?? same?.[field]),
  );
  const errors = [
    ...unfitting.map((field) => ({
      pointer: `/${field}`,
      message: `is not allowed with transport ${transport}`,
    })),
    ...missing.map((field) => ({
      pointer: `/${field}`,
      message: `is required with transport ${transport}`,
    })),
  ];
  if (errors.length > 0) throw McpServerErrors.invalid({ errors });
  return {
    name: changes.name ?? before!.name,
    transport,
    enabled: changes.enabled ?? before?.enabled ?? true,
    overridable: isService ? (changes.overridable ?? before?.overridable ?? false) : null,
    url: isCommand ? null : (changes.url ?? same!.url),
    command: isCommand ? (changes.command ?? same!.command) : null,
    args: isCommand ? (changes.args ?? same?.args ?? []) : [],
  };
}

/** Places where a transport has secrets. */
const secretPlacesOf = ({ transport }: Pick<McpServerShape, 'transport'>): SecretPlace[] =>
  transport === 'stdio' ? ['env'] : ['headers', 'query'];

/** Tells whether the request changes secrets. */
export const namesSecrets = (changes: McpServerChanges): boolean =>
  SECRET_PLACES.some((place) => Object.keys(changes[place] ?? {}).length > 0);

/**
 * Tells whether secrets would be sent to a new URL or command, or into a changed environment, since
 * a variable may name a destination. The client must then send every secret again: somebody who may
 * only write secrets could otherwise have them sent to a server of their own.
 */
export function changesDestination(
  changes: McpServerChanges,
  before: McpServerShape,
  after: McpServerShape,
): boolean {
  if (before.transport === 'stdio' && after.transport === 'stdio')
    return (
      setsEnvironment(changes) ||
      JSON.stringify([before.command, before.args]) !== JSON.stringify([after.command, after.args])
    );
  return before.url !== after.url;
}

const setsEnvironment = ({ env }: McpServerChanges): boolean =>
  Object.values(env ?? {}).some((value) => typeof value === 'string');

/** Header names are case-insensitive. */
const keyOf = (place: SecretPlace, name: string): string =>
  place === 'headers' ? name.toLowerCase() : name;

type SentSecret = SentSecrets[string];

/**
 * Returns the sent values of a place, by key.
 * @throws AppError when a header was sent in two spellings
 */
function readSentSecrets(
  changes: McpServerChanges,
  place: SecretPlace,
): Map<string, { name: string; value: SentSecret }> {
  const sent = new Map<string, { name: string; value: SentSecret }>();
  for (const [name, value] of Object.entries(changes[place] ?? {})) {
    if (sent.has(keyOf(place, name)))
      throw invalid(place, name, 'is given twice, in different spellings');
    sent.set(keyOf(place, name), { name, value });
  }
  return sent;
}

/**
 * Tells whether each stored secret is replaced or removed. The stored ones then need not be opened,
 * and may be unreadable.
 */
export const replacesAllSecrets = (changes: McpServerChanges, names: SecretNames): boolean =>
  SECRET_PLACES.every((place) =>
    (names[place] ?? []).every((name) =>
      isReplacedOrRemoved(readSentSecrets(changes, place).get(keyOf(place, name))),
    ),
  );

export type EnvironmentFault = (env: Record<string, string>) => { detail: string } | null;

const isReplacedOrRemoved = (sent: { value: SentSecret } | undefined): boolean =>
  typeof sent?.value === 'string' || sent?.value === null;

/**
 * Applies changes to the secrets.
 * @param before secrets of the stored server
 * @param destinationChanged see `changesDestination`
 * @param environmentFault checks the environment of a command
 * @throws AppError `mcp_server.invalid`
 * @throws AppError `mcp_server.secrets_needed` with a pointer to each secret that must be sent
 *   again
 */
export function applySecretChanges(
  changes: McpServerChanges,
  before: McpServerSecrets,
  shape: McpServerShape,
  destinationChanged: boolean,
  environmentFault: EnvironmentFault,
): McpServerSecrets {
  const unfitting = SECRET_PLACES.filter(
    (place) =>
      Object.keys(changes[place] ?? {}).length > 0 && !secretPlacesOf(shape).includes(place),
  );
  if (unfitting.length > 0)
    throw McpServerErrors.invalid({
      errors: unfitting.map((place) => ({
        pointer: `/${place}`,
        message: `is not allowed with transport ${shape.transport}`,
      })),
    });
  if (destinationChanged) requireSecretsAgain(changes, before, shape);
  const merged = secretPlacesOf(shape).map(
    (place) =>
      [place, mergeSecrets(readSentSecrets(changes, place), before[place] ?? {}, place)] as const,
  );
  const secrets: McpServerSecrets = Object.fromEntries(
    merged.filter(([, values]) => Object.keys(values).length > 0),
  );
  const errors = validateSecrets(secrets, environmentFault);
  if (errors.length > 0) throw McpServerErrors.invalid({ errors });
  return secrets;
}

function mergeSecrets(
  sent: ReturnType<typeof readSentSecrets>,
  before: Record<string, string>,
  place: SecretPlace,
): Record<string, string> {
  const values = new Map(
    Object.entries(before).map(([name, value]) => [keyOf(place, name), { name, value }]),
  );
  for (const [key, { name, value }] of sent) {
    if (value === null) values.delete(key);
    else if (typeof value === 'string') values.set(key, { name, value });
    else if (!values.has(key))
      throw invalid(place, name, 'has no stored value to keep: send a text');
  }
  return Object.fromEntries([...values.values()].map(({ name, value }) => [name, value]));
}

function requireSecretsAgain(
  changes: McpServerChanges,
  before: McpServerSecrets,
  shape: McpServerShape,
): void {
  const missing = secretPlacesOf(shape).flatMap((place) =>
    Object.keys(before[place] ?? {})
      .filter(
        (name) => !isReplacedOrRemoved(readSentSecrets(changes, place).get(keyOf(place, name))),
      )
      .map((name) => faultAt(place, name, 'must be sent again')),
  );
  if (missing.length > 0) throw McpServerErrors.secretsNeeded({ errors: missing });
}

const faultAt = (place: SecretPlace, name: string, message: string): FieldError => ({
  pointer: `/${place}/${pointerToken(name)}`,
  message,
});
const invalid = (place: SecretPlace, name: string, message: string) =>
  McpServerErrors.invalid({ errors: [faultAt(place, name, message)] });

function validateSecrets(
  secrets: McpServerSecrets,
  environmentFault: EnvironmentFault,
): FieldError[] {
  const faults: [SecretPlace, string | null | undefined][] = [
    ...SECRET_PLACES.map((place): [SecretPlace, string | null] => [
      place,
      sizeFault(Object.entries(secrets[place] ?? {})),
    ]),
    ['headers', secrets.headers && headersFault(secrets.headers)],
    ['env', secrets.env && environmentFault(secrets.env)?.detail],
    ['query', secrets.query && queryFault(secrets.query)],
  ];
  return faults.flatMap(([place, message]) => (message ? [{ pointer: `/${place}`, message }] : []));
}

function sizeFault(values: [name: string, value: string][]): string | null {
  if (values.length > MAX_SECRETS) return `must have at most ${MAX_SECRETS} entries`;
  if (values.some(([name]) => name === '' || name.length > MAX_NAME_CHARACTERS))
    return `must have names of 1 to ${MAX_NAME_CHARACTERS} characters`;
  return values.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0) > MAX_SECRETS_BYTES
    ? `must have values of at most ${MAX_SECRETS_BYTES} bytes in total`
    : null;
}

/** The parameters become part of a URL, whose length is limited. */
const queryFault = (query: Record<string, string>): string | null =>
  String(new URLSearchParams(query)).length > MAX_QUERY_CHARACTERS
    ? `must have at most ${MAX_QUERY_CHARACTERS} characters when it is URL-encoded`
    : null;
