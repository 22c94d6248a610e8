// Reads what a client sends of an MCP server, and says what is wrong with it.
import { z } from 'zod';
import type { FieldError } from '../../platform/errors/index.js';
import { pointerToken } from '../../platform/http/index.js';
import { headersFault } from '../mcp/remote-transport.js';
import { environmentFault } from '../mcp/child-environment.js';
import { McpServerErrors } from './mcp-servers.errors.js';
import { type McpServerRow, SECRET_PLACES, type SecretNames, type SecretPlace, type Secrets } from './mcp-server-row.js';

const SECRET_LENGTH = 16_384;
const SECRETS = 100;

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/).meta({ examples: ['github', 'files-2'] });
/** `streamable-http` is the same as `http`. */
const REMOTE = ['http', 'streamable-http', 'sse'] as const;
const KEPT = z.strictObject({ secret: z.literal(true).meta({ enum: [true] }) });
/** A value that is kept secret; null takes it away, and `{"secret": true}`, as it is shown, leaves it. */
const values = z.record(z.string(), z.union([z.string().max(SECRET_LENGTH), KEPT, z.null()])).nullish();
const url = z.string().min(1).max(2_000);
const command = z.string().min(1).max(1_000);
const args = z.array(z.string().max(4_000)).max(100).nullish();
const enabled = z.boolean().nullish();
const common = { name, agentConfigId: z.uuid().meta({ examples: ['0195f2c0-0000-7000-8000-000000000000'] }).nullish(), enabled };

export const newMcpServerSchema = z.discriminatedUnion('transport', [
  z.strictObject({ ...common, transport: z.enum(['stdio']), command, args, env: values }),
  z.strictObject({ ...common, transport: z.enum(REMOTE), url, headers: values, query: values }),
]);
export const mcpServerChangesSchema = z.strictObject({
  name: name.nullish(),
  transport: z.enum(['stdio', ...REMOTE]).nullish(),
  enabled,
  command: command.nullish(),
  args,
  url: url.nullish(),
  headers: values,
  query: values,
  env: values,
});

export type Changes = z.infer<typeof mcpServerChangesSchema>;
/** What of it can be read. */
export type Shape = Pick<McpServerRow, 'name' | 'transport' | 'enabled' | 'url' | 'command' | 'args'>;

/** A server with what was sent in place of what was there. A part of the other kind of transport goes with that. */
export function shapeOf(changes: Changes, before: Shape | null): Shape {
  const transport = changes.transport === 'streamable-http' ? 'http' : (changes.transport ?? before?.transport ?? 'stdio');
  const isCommand = transport === 'stdio';
  const same = before && (before.transport === 'stdio') === isCommand ? before : null;
  const strange = (isCommand ? (['url'] as const) : (['command', 'args'] as const)).filter((field) => changes[field] != null);
  const missing = (isCommand ? (['command'] as const) : (['url'] as const)).filter((field) => !(changes[field] ?? same?.[field]));
  const errors = [...strange.map((field) => ({ pointer: `/${field}`, message: `is not for transport ${transport}` })), ...missing.map((field) => ({ pointer: `/${field}`, message: `is needed for transport ${transport}` }))];
  if (errors.length > 0) throw McpServerErrors.invalid({ errors });
  return {
    name: changes.name ?? before!.name,
    transport,
    enabled: changes.enabled ?? before?.enabled ?? true,
    url: isCommand ? null : (changes.url ?? same!.url),
    command: isCommand ? (changes.command ?? same!.command) : null,
    args: isCommand ? (changes.args ?? same?.args ?? []) : [],
  };
}

/** Which secrets a transport has. */
const placesOf = ({ transport }: Pick<Shape, 'transport'>): SecretPlace[] => (transport === 'stdio' ? ['env'] : ['headers', 'query']);

/** Whether what was sent says anything of secrets. */
export const namesSecrets = (changes: Changes): boolean => SECRET_PLACES.some((place) => Object.keys(changes[place] ?? {}).length > 0);

/** Whether each secret there is is replaced or taken away: what it was is not asked then, and may be lost. */
export const saysAll = (changes: Changes, names: SecretNames): boolean =>
  SECRET_PLACES.every((place) => (names[place] ?? []).every((name) => typeof changes[place]?.[name] === 'string' || changes[place]?.[name] === null));

/** Where a secret would be sent to: it does not follow to another place. */
export function destinationOf({ transport, url, command, args }: Shape): string {
  return transport === 'stdio' ? JSON.stringify([command, args]) : new URL(url!).origin;
}

/**
 * The secrets with what was sent in place of what was there.
 * @param before those of the same server
 * @param hasMoved to another place, where none of the old ones may go unsaid
 * @throws AppError `mcp_server.invalid`, or `mcp_server.secrets_needed` with a pointer to each that has to be sent again
 */
export function secretsOf(changes: Changes, before: Secrets, shape: Shape, hasMoved: boolean): Secrets {
  const strange = SECRET_PLACES.filter((place) => Object.keys(changes[place] ?? {}).length > 0 && !placesOf(shape).includes(place));
  if (strange.length > 0) throw McpServerErrors.invalid({ errors: strange.map((place) => ({ pointer: `/${place}`, message: `is not for transport ${shape.transport}` })) });
  const merged = placesOf(shape).map((place) => [place, mergedOf(changes[place] ?? {}, before[place] ?? {}, place)] as const);
  const secrets: Secrets = Object.fromEntries(merged.filter(([, values]) => Object.keys(values).length > 0));
  if (hasMoved) refuseUnsaid(changes, secrets);
  const errors = faultsOf(secrets);
  if (errors.length > 0) throw McpServerErrors.invalid({ errors });
  return secrets;
}

function mergedOf(sent: NonNullable<Changes[SecretPlace]>, before: Record<string, string>, place: SecretPlace): Record<string, string> {
  const values = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(sent)) {
    if (value === null) values.delete(name);
    else if (typeof value === 'string') values.set(name, value);
    else if (!values.has(name)) throw McpServerErrors.invalid({ errors: [{ pointer: `/${place}/${pointerToken(name)}`, message: 'is not there to be left as it is' }] });
  }
  return Object.fromEntries(values);
}

function refuseUnsaid(changes: Changes, secrets: Secrets): void {
  const unsaid = SECRET_PLACES.flatMap((place) => Object.keys(secrets[place] ?? {}).filter((name) => typeof changes[place]?.[name] !== 'string').map((name) => ({ pointer: `/${place}/${pointerToken(name)}`, message: 'has to be sent again' })));
  if (unsaid.length > 0) throw McpServerErrors.secretsNeeded({ errors: unsaid });
}

function faultsOf(secrets: Secrets): FieldError[] {
  const many = SECRET_PLACES.filter((place) => Object.keys(secrets[place] ?? {}).length > SECRETS).map((place) => ({ pointer: `/${place}`, message: `has more than ${SECRETS}` }));
  const headers = secrets.headers && headersFault(secrets.headers);
  const env = secrets.env && environmentFault(secrets.env);
  const unnamed = Object.keys(secrets.query ?? {}).filter((name) => name === '' || name.length > 200).map(() => ({ pointer: '/query', message: 'has a name that is empty or longer than 200 characters' }));
  return [...many, ...(headers ? [{ pointer: '/headers', message: headers }] : []), ...(env ? [{ pointer: '/env', message: env }] : []), ...unnamed];
}
