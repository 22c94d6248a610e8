// Decides which environment variables a command may get: those that identify the user, and
// credentials.
import { searchPath } from '../../platform/config/invocation.js';
import { McpFault } from './mcp-fault.js';

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UPPER_CASE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** Last words of variables that users and the service may set: credentials, and whose they are. */
const CREDENTIAL_SUFFIXES = new Set([
  'TOKEN',
  'KEY',
  'SECRET',
  'PASSWORD',
  'PASS',
  'PAT',
  'ID',
  'USERNAME',
  'EMAIL',
]);
/** Further last words for the service's own servers: destinations and modes. */
const SERVICE_SUFFIXES = new Set(
  `URL URI HOST PORT ENDPOINT DSN STRING REGION ZONE ORG ORGANIZATION TEAM PROJECT WORKSPACE TENANT
  DATABASE SCHEMA NAME TIMEOUT LEVEL MODE VERSION LANGUAGE`.split(/\s+/),
);

/**
 * Variables that loaders, shells, interpreters, package managers and version control read. They
 * could make an allowed command run another one, so even the operator cannot allow them.
 */
const RESERVED_NAMES =
  /^(?:_.*|PATH|HOME|USER|LOGNAME|SHELL|SHELLOPTS|BASHOPTS|ENV|IFS|PS4|PWD|OLDPWD|CDPATH|TMP|TEMP|TMPDIR|(?:LD|DYLD|GCONV|GLIBC|MALLOC|XDG|BASH|ZSH|NODE|NPM|NPX|PNPM|YARN|COREPACK|BUN|DENO|TS|TSX|PIP|PIPX|UV|UVX|POETRY|CONDA|VIRTUAL|GEM|BUNDLE|BUNDLER|MAVEN|GRADLE|GO|CARGO|RUST|RUSTUP|GIT|SSH|DOCKER|ELECTRON|DOTNET|CORECLR|NUGET|PHP|COMPOSER|LUA|OPENSSL)_.*|(?:PYTHON|PERL|RUBY|_?JAVA|JDK|CLASSPATH|RUSTC|GOPATH|GOROOT|GOPROXY|GOFLAGS|GOPRIVATE).*)$/i;

const holdsNul = (texts: string[]): boolean => texts.some((text) => text.includes('\0'));

export interface VariableRule {
  /** Names that the operator allows (MCP_STDIO_VARIABLES). */
  allowed: ReadonlySet<string>;
  /** Whether the server belongs to the service. */
  isService: boolean;
}

function isAllowed(name: string, { allowed, isService }: VariableRule): boolean {
  if (RESERVED_NAMES.test(name)) return false;
  if (allowed.has(name)) return true;
  const last = name.slice(name.lastIndexOf('_') + 1);
  return (
    UPPER_CASE.test(name) &&
    (CREDENTIAL_SUFFIXES.has(last) || (isService && SERVICE_SUFFIXES.has(last)))
  );
}

/** Returns what is wrong with the environment of a command, or null. */
export function environmentFault(env: Record<string, string>, rule: VariableRule): McpFault | null {
  const names = Object.keys(env);
  if (!names.every((name) => VARIABLE_NAME.test(name)) || holdsNul(Object.values(env)))
    return INVALID_VARIABLE;
  if (names.some((name) => RESERVED_NAMES.test(name))) return RESERVED_VARIABLE;
  const unlisted = names.find((name) => !isAllowed(name, rule));
  return unlisted === undefined ? null : unlistedVariable(unlisted, rule);
}

const INVALID_VARIABLE = new McpFault(
  'invalid',
  'A variable of the environment cannot be passed to a command: its name may have letters, digits and _, and its value may not contain the character NUL.',
);
const RESERVED_VARIABLE = new McpFault(
  'not_allowed',
  'A variable of the environment would change what the command runs.',
);

function unlistedVariable(name: string, { isService }: VariableRule): McpFault {
  const words = [...CREDENTIAL_SUFFIXES, ...(isService ? SERVICE_SUFFIXES : [])].join(', ');
  return new McpFault(
    'not_allowed',
    `The variable ${name} is not allowed. A name must be in capitals, and its last word after _ one of ${words}. The operator can allow others in MCP_STDIO_VARIABLES.`,
  );
}

/** Returns what is wrong with the arguments of a command, or null. */
export const argumentsFault = (args: string[]): McpFault | null =>
  holdsNul(args)
    ? new McpFault(
        'invalid',
        'An argument contains the character NUL, which cannot be passed to a command.',
      )
    : null;

/**
 * Returns the whole environment of a child: PATH, a home of its own, UTF-8, UTC, and the configured
 * variables. Nothing of the service's environment is passed on.
 */
export function childEnvironment(
  env: Record<string, string>,
  home: string,
): Record<string, string> {
  const PATH = searchPath();
  return {
    ...env,
    ...(PATH === undefined ? {} : { PATH }),
    HOME: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}
