// Reads what a client sends of an MCP server, and says what is wrong with it.
import { z } from 'zod';
import { withWords } from '../content/agent-config-input.js';
import type { FieldError } from '../../platform/errors/index.js';
import { pointerToken } from '../../platform/input/index.js';
import { headersFault } from '../mcp/remote-transport.js';
import { McpServerErrors } from './mcp-servers.errors.js';
import {
  type McpServerRow,
  SECRET_PLACES,
  type SecretNames,
  type SecretPlace,
  type Secrets,
} from './mcp-server-row.js';

const SECRET_LENGTH = 16_384;
const SECRETS = 50;
/** All of one place may be taken away, and as many put there. */
const MAX_SENT = 2 * SECRETS;
/** Of all of one place. */
const SECRET_BYTES = 131_072;
const NAME_LENGTH = 200;
const QUERY_LENGTH = 1_000;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/)
  .meta({ examples: ['github', 'files-2'] });
/** `streamable-http` is the same as `http`. */
const REMOTE = ['http', 'streamable-http', 'sse'] as const;
const KEPT = z.strictObject({
  secret: z.literal(true).meta({ enum: [true], description: 'Leaves the secret as it is.' }),
});
/** A value that is kept secret; null takes it away, and `{"secret": true}`, as it is shown, leaves it. */
const values = z
  .record(z.string(), z.union([z.string().max(SECRET_LENGTH), KEPT, z.null()]))
  .meta({ maxProperties: MAX_SENT })
  .nullish();
/** The pattern is for the API document: what is wrong with a URL is said by the rules of what may be connected to. */
const url = z
  .string()
  .min(1)
  .max(1_000)
  .meta({ pattern: '^[Hh][Tt][Tt][Pp][Ss]?://', examples: ['https://mcp.example/mcp'] });
const command = z.string().min(1).max(1_000);
const args = z.array(z.string().max(800)).max(100).nullish();
const enabled = z.boolean().nullish();
/** Whether users' servers of this name are served in its place; of the service's own only. */
const overridable = z.boolean().nullish();
const common = {
  name,
  agentConfigId: z
    .uuid()
    .meta({ examples: ['0195f2c0-0000-7000-8000-000000000000'] })
    .nullish(),
  enabled,
  overridable,
};

const SECRET = 'Values are stored encrypted and never returned. Null for a value removes it.';
/** What the API document says of each field. */
const WORDS = {
  name: 'Name of the server, unique among those of its owner and configuration.',
  agentConfigId:
    'Id of the only agent configuration that it is for. All configurations without it.',
  enabled: 'Whether runners get it. True by default.',
  overridable:
    'Only for servers of the service: whether a server of a user with the same name replaces it.',
  transport: 'How to connect: `http` (streamable HTTP), `sse`, or `stdio` to start a command.',
  url: 'Address of the server; a public one, unless the operator allows others.',
  command: 'Command to start; one that the operator allows.',
  args: 'Arguments of the command.',
  headers: `HTTP headers by name. ${SECRET}`,
  query: `Parameters of the URL by name. ${SECRET}`,
  env: `Environment variables of the command by name. ${SECRET}`,
} as const;

export const newMcpServerSchema = z
  .discriminatedUnion('transport', [
    z.strictObject(
      withWords(
        { ...common, transport: z.enum(REMOTE), url, headers: values, query: values },
        WORDS,
      ),
    ),
    z.strictObject(
      withWords({ ...common, transport: z.enum(['stdio']), command, args, env: values }, WORDS),
    ),
  ])
  .meta({
    example: {
      name: 'github',
      transport: 'http',
      url: 'https://mcp.example/mcp',
      headers: { 'x-team': 'travel' },
    },
  });
export const mcpServerChangesSchema = z
  .strictObject(
    withWords(
      {
        name: name.nullish(),
        transport: z.enum(['stdio', ...REMOTE]).nullish(),
        enabled,
        overridable,
        command: command.nullish(),
        args,
        url: url.nullish(),
        headers: values,
        query: values,
        env: values,
      },
      WORDS,
    ),
  )
  .meta({ example: { enabled: false } });

export type Changes = z.infer<typeof mcpServerChangesSchema>;
/** What of it can be read. */
export type Shape = Pick<
  McpServerRow,
  'name' | 'transport' | 'enabled' | 'url' | 'command' | 'args' | 'overridable'
>;

/** A server with what was sent in place of what was there. A part of the other kind of transport goes with that. @throws AppError `mcp_server.invalid` */
export function shapeOf(changes: Changes, before: Shape | null, isService: boolean): Shape {
  if (!isService && changes.overridable != null)
    throw McpServerErrors.invalid({
      errors: [{ pointer: '/overridable', message: 'is only for servers of the service' }],
    });
  const transport =
    changes.transport === 'streamable-http'
      ? 'http'
      : (changes.transport ?? before?.transport ?? 'stdio');
  const isCommand = transport === 'stdio';
  const same = before && (before.transport === 'stdio') === isCommand ? before : null;
  const strange = (isCommand ? (['url'] as const) : (['command', 'args'] as const)).filter(
    (field) => changes[field] != null,
  );
  const missing = (isCommand ? (['command'] as const) : (['url'] as const)).filter(
    (field) => !(changes[field] ?? same?.[field]),
  );
  const errors = [
    ...strange.map((field) => ({
      pointer: `/${field}`,
      message: `is not for transport ${transport}`,
    })),
    ...missing.map((field) => ({
      pointer: `/${field}`,
      message: `is needed for transport ${transport}`,
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

/** Which secrets a transport has. */
const placesOf = ({ transport }: Pick<Shape, 'transport'>): SecretPlace[] =>
  transport === 'stdio' ? ['env'] : ['headers', 'query'];

/** Whether what was sent says anything of secrets. */
export const namesSecrets = (changes: Changes): boolean =>
  SECRET_PLACES.some((place) => Object.keys(changes[place] ?? {}).length > 0);

/**
 * Whether secrets would go elsewhere than before: to another URL or command, or, as a variable may say where, into another environment. Then
 * none goes along unsaid, as whoever may only write secrets could have them sent to himself.
 */
export function moves(changes: Changes, before: Shape, after: Shape): boolean {
  if (before.transport === 'stdio' && after.transport === 'stdio')
    return (
      setsEnvironment(changes) ||
      JSON.stringify([before.command, before.args]) !== JSON.stringify([after.command, after.args])
    );
  return before.url !== after.url;
}

const setsEnvironment = ({ env }: Changes): boolean =>
  Object.values(env ?? {}).some((value) => typeof value === 'string');

/** Headers are the same in capitals. */
const keyOf = (place: SecretPlace, name: string): string =>
  place === 'headers' ? name.toLowerCase() : name;

type Sent = NonNullable<Changes[SecretPlace]>[string];

/** What was sent of a place, by key. @throws AppError for a header that was sent in two spellings */
function sentOf(changes: Changes, place: SecretPlace): Map<string, { name: string; value: Sent }> {
  const sent = new Map<string, { name: string; value: Sent }>();
  for (const [name, value] of Object.entries(changes[place] ?? {})) {
    if (sent.has(keyOf(place, name)))
      throw invalid(place, name, 'is there in another spelling, too');
    sent.set(keyOf(place, name), { name, value });
  }
  return sent;
}

/** Whether each secret there is is replaced or taken away: what it was is not asked then, and may be lost. */
export const saysAll = (changes: Changes, names: SecretNames): boolean =>
  SECRET_PLACES.every((place) =>
    (names[place] ?? []).every((name) => isSaid(sentOf(changes, place).get(keyOf(place, name)))),
  );

export type EnvironmentFault = (env: Record<string, string>) => { detail: string } | null;

const isSaid = (sent: { value: Sent } | undefined): boolean =>
  typeof sent?.value === 'string' || sent?.value === null;

/**
 * The secrets with what was sent in place of what was there.
 * @param before those of the same server
 * @param hasMoved see `moves`
 * @param environmentFault what is wrong with the environment of a command
 * @throws AppError `mcp_server.invalid`, or `mcp_server.secrets_needed` with a pointer to each that has to be sent again
 */
export function secretsOf(
  changes: Changes,
  before: Secrets,
  shape: Shape,
  hasMoved: boolean,
  environmentFault: EnvironmentFault,
): Secrets {
  const strange = SECRET_PLACES.filter(
    (place) => Object.keys(changes[place] ?? {}).length > 0 && !placesOf(shape).includes(place),
  );
  if (strange.length > 0)
    throw McpServerErrors.invalid({
      errors: strange.map((place) => ({
        pointer: `/${place}`,
        message: `is not for transport ${shape.transport}`,
      })),
    });
  if (hasMoved) refuseUnsaid(changes, before, shape);
  const merged = placesOf(shape).map(
    (place) => [place, mergedOf(sentOf(changes, place), before[place] ?? {}, place)] as const,
  );
  const secrets: Secrets = Object.fromEntries(
    merged.filter(([, values]) => Object.keys(values).length > 0),
  );
  const errors = faultsOf(secrets, environmentFault);
  if (errors.length > 0) throw McpServerErrors.invalid({ errors });
  return secrets;
}

function mergedOf(
  sent: ReturnType<typeof sentOf>,
  before: Record<string, string>,
  place: SecretPlace,
): Record<string, string> {
  const values = new Map(
    Object.entries(before).map(([name, value]) => [keyOf(place, name), { name, value }]),
  );
  for (const [key, { name, value }] of sent) {
    if (value === null) values.delete(key);
    else if (typeof value === 'string') values.set(key, { name, value });
    else if (!values.has(key)) throw invalid(place, name, 'is not there to be left as it is');
  }
  return Object.fromEntries([...values.values()].map(({ name, value }) => [name, value]));
}

function refuseUnsaid(changes: Changes, before: Secrets, shape: Shape): void {
  const unsaid = placesOf(shape).flatMap((place) =>
    Object.keys(before[place] ?? {})
      .filter((name) => !isSaid(sentOf(changes, place).get(keyOf(place, name))))
      .map((name) => faultAt(place, name, 'has to be sent again')),
  );
  if (unsaid.length > 0) throw McpServerErrors.secretsNeeded({ errors: unsaid });
}

const faultAt = (place: SecretPlace, name: string, message: string): FieldError => ({
  pointer: `/${place}/${pointerToken(name)}`,
  message,
});
const invalid = (place: SecretPlace, name: string, message: string) =>
  McpServerErrors.invalid({ errors: [faultAt(place, name, message)] });

function faultsOf(secrets: Secrets, environmentFault: EnvironmentFault): FieldError[] {
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
  if (values.length > SECRETS) return `has more than ${SECRETS}`;
  if (values.some(([name]) => name === '' || name.length > NAME_LENGTH))
    return `has a name that is empty or longer than ${NAME_LENGTH} characters`;
  return values.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0) > SECRET_BYTES
    ? `is larger than ${SECRET_BYTES} bytes in all`
    : null;
}

/** They go into an address, which can only be so long. */
const queryFault = (query: Record<string, string>): string | null =>
  String(new URLSearchParams(query)).length > QUERY_LENGTH
    ? `is longer than ${QUERY_LENGTH} characters in an address`
    : null;
