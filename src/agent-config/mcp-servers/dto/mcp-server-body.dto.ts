// Bodies of requests that write MCP servers.
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, type SchemaObject } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  MaxLength,
} from 'class-validator';
import { type FieldError, RequestErrors } from '../../../platform/errors/index.js';
import {
  BodyField,
  CheckedBy,
  EACH_ITEM,
  hasMoreFields,
  HasForm,
  isLongerThan,
  isPlainObject,
  pointerToken,
  validateBody,
  words,
} from '../../../platform/input/index.js';

/** `streamable-http` is another name of `http`. */
const REMOTE_TRANSPORTS = ['http', 'streamable-http', 'sse'] as const;
type RemoteTransport = (typeof REMOTE_TRANSPORTS)[number];
const TRANSPORTS = ['stdio', ...REMOTE_TRANSPORTS] as const;

const MAX_SECRET_CHARACTERS = 16_384;
/** One request may remove all 50 secrets of a place and add as many. */
const MAX_SENT_SECRETS = 100;
const MAX_COMMAND_LENGTH = 1_000;
const MAX_URL_LENGTH = 1_000;

/** A secret value. Null removes it; `{"secret": true}`, as answers show it, keeps it. */
export type SentSecrets = Record<string, string | { secret: true } | null>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const nameSchema = {
  examples: ['github', 'files-2'],
  description: 'Name of the server, unique among those of its owner and configuration.',
};
const IsName = () =>
  applyDecorators(
    IsString(),
    HasForm(
      NAME,
      '1 to 63 letters, digits, points, hyphens or underscores, the first a letter or a digit',
      'github',
    ),
  );
const TRANSPORT_WORDS =
  'How to connect: `http` (streamable HTTP), `sse`, or `stdio` to start a command.';
/** The pattern is for the API document. `EgressRules` checks the URL. */
const urlSchema = {
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
  examples: ['https://mcp.example/mcp'],
  description: 'Address of the server; a public one, unless the operator allows others.',
};
const COMMAND_WORDS = 'Command to start; one that the operator allows.';

const secretSchema: SchemaObject = {
  anyOf: [
    { type: 'string', maxLength: MAX_SECRET_CHARACTERS },
    {
      type: 'object',
      properties: {
        secret: { type: 'boolean', enum: [true], description: 'Leaves the secret as it is.' },
      },
      required: ['secret'],
      additionalProperties: false,
    },
    { type: 'null' },
  ],
};

function secretFault(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'string')
    return isLongerThan(value, MAX_SECRET_CHARACTERS)
      ? words.maxCharacters(MAX_SECRET_CHARACTERS)
      : null;
  const keeps = isPlainObject(value) && value['secret'] === true && !hasMoreFields(value, 1);
  return keeps ? null : words.textOr('{"secret": true} to keep the stored value, or null');
}

function secretsFaults(values: unknown): readonly FieldError[] {
  if (!isPlainObject(values)) return [{ pointer: '', message: words.object }];
  if (hasMoreFields(values, MAX_SENT_SECRETS))
    return [{ pointer: '', message: words.maxFields(MAX_SENT_SECRETS) }];
  return Object.entries(values).flatMap(([name, value]) => {
    const message = secretFault(value);
    return message === null ? [] : [{ pointer: `/${pointerToken(name)}`, message }];
  });
}

/** Secrets of one place, by name. */
const Secrets = (of: string) =>
  applyDecorators(
    ApiPropertyOptional({
      type: 'object',
      nullable: true,
      additionalProperties: secretSchema,
      maxProperties: MAX_SENT_SECRETS,
      description: `${of} by name, encrypted and never returned. Null for a value removes it.`,
    }),
    IsOptional(),
    CheckedBy(secretsFaults),
  );
const HEADERS = 'HTTP headers';
const QUERY = 'Parameters of the URL';
const ENV = 'Environment variables of the command';

/** Arguments of a command. */
const Args = () =>
  applyDecorators(
    IsOptional(),
    IsArray(),
    ArrayMaxSize(100),
    IsString(EACH_ITEM),
    MaxLength(800, EACH_ITEM),
    BodyField({ description: 'Arguments of the command.' }),
  );

class McpServerFlags {
  @BodyField({ description: 'Whether runners get it. True by default.' })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean | null;

  @BodyField({
    description:
      'Only for servers of the service: whether a server of a user with the same name replaces it.',
  })
  @IsOptional()
  @IsBoolean()
  overridable?: boolean | null;
}

class NewMcpServerFields extends McpServerFlags {
  @BodyField(nameSchema)
  @IsName()
  name: string;

  @BodyField({
    example: '0195f2c0-0000-7000-8000-000000000000',
    description:
      'Id of the only agent configuration that it is for. All configurations without it.',
  })
  @IsOptional()
  @IsUUID()
  agentConfigId?: string | null;
}

export class NewRemoteServerDto extends NewMcpServerFields {
  @BodyField({ description: TRANSPORT_WORDS })
  @IsIn(REMOTE_TRANSPORTS)
  transport: RemoteTransport;

  @BodyField(urlSchema)
  @IsString()
  @Length(1, MAX_URL_LENGTH)
  url: string;

  @Secrets(HEADERS) headers?: SentSecrets | null;
  @Secrets(QUERY) query?: SentSecrets | null;
}

export class NewCommandServerDto extends NewMcpServerFields {
  @BodyField({ description: TRANSPORT_WORDS })
  @IsIn(['stdio'])
  transport: 'stdio';

  @BodyField({ description: COMMAND_WORDS })
  @IsString()
  @Length(1, MAX_COMMAND_LENGTH)
  command: string;

  @Args() args?: string[] | null;
  @Secrets(ENV) env?: SentSecrets | null;
}

export class UpdateMcpServerDto extends McpServerFlags {
  @BodyField(nameSchema)
  @IsOptional()
  @IsName()
  name?: string | null;

  @BodyField({ description: TRANSPORT_WORDS })
  @IsOptional()
  @IsIn(TRANSPORTS)
  transport?: (typeof TRANSPORTS)[number] | null;

  @BodyField({ description: COMMAND_WORDS })
  @IsOptional()
  @IsString()
  @Length(1, MAX_COMMAND_LENGTH)
  command?: string | null;

  @Args() args?: string[] | null;

  @BodyField(urlSchema)
  @IsOptional()
  @IsString()
  @Length(1, MAX_URL_LENGTH)
  url?: string | null;

  @Secrets(HEADERS) headers?: SentSecrets | null;
  @Secrets(QUERY) query?: SentSecrets | null;
  @Secrets(ENV) env?: SentSecrets | null;
}

/**
 * Reads a new server by the DTO of its transport.
 * @throws AppError `request.invalid_body`
 */
export function readNewServer(body: unknown): NewRemoteServerDto | NewCommandServerDto {
  const transport = isPlainObject(body) ? body['transport'] : 'stdio';
  if (transport === 'stdio') return validateBody(NewCommandServerDto, body);
  if (REMOTE_TRANSPORTS.includes(transport as RemoteTransport))
    return validateBody(NewRemoteServerDto, body);
  const message = transport === undefined ? words.required : words.oneOf(TRANSPORTS);
  throw RequestErrors.invalidBody({ errors: [{ pointer: '/transport', message }] });
}
