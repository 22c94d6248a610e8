// Builds command lines that run a command in each kind of isolation.

/** `ownUser`: the command runs as a user of its own. `means`: what is isolated, for logs. */
export const ISOLATIONS = {
  namespaces: {
    ownUser: true,
    means: 'a user of its own, its own processes and mounts, and none of the files of the service',
  },
  user_namespace: {
    ownUser: false,
    means: 'its own processes and mounts in a user namespace, and none of the files of the service',
  },
  user: {
    ownUser: true,
    means: 'a user of its own; it sees the processes of the machine, not their environments',
  },
  none: {
    ownUser: false,
    means:
      'the user of the service, whose files and processes it can read; only its environment and its limits are its own',
  },
} as const;
export type Isolation = keyof typeof ISOLATIONS;

export interface CommandPlace {
  /** Empty directory that only the command uses. */
  home: string;
  /** User and group id of the command; null for those of this process. */
  uid: number | null;
  /** Files and directories that appear empty to the command. */
  hidden: string[];
  /** CPU time of each of its processes. */
  cpuSeconds: number;
}

interface CommandLine {
  file: string;
  args: string[];
  identity: { uid?: number; gid?: number };
}

const MAX_HOME_BYTES = 256 * 1024 * 1024;
/** In the units of `ulimit`: kilobytes of data segment, and file blocks of 512 bytes. */
const MAX_MEMORY_KB = 2 * 1024 * 1024;
const MAX_FILE_BLOCKS = MAX_HOME_BYTES / 512;
const MAX_OPEN_FILES = 1_024;
/**
 * Processes and threads. Where the command runs as the service's user, that user's processes count,
 * too.
 */
const MAX_PROCESSES = { own: 256, shared: 4_096 };

/** Returns shell commands that set the limits. A lower existing limit stays. */
function limits(processes: number, cpuSeconds: number): string {
  const set = (option: string, value: number) => `ulimit -${option} ${value} 2>/dev/null`;
  const each = [
    set('c', 0),
    set('t', cpuSeconds),
    set('f', MAX_FILE_BLOCKS),
    set('d', MAX_MEMORY_KB),
    set('n', MAX_OPEN_FILES),
  ];
  // Shells use different letters for the number of processes.
  return [...each, `${set('u', processes)} || ${set('p', processes)}`]
    .map((one) => `${one} || :`)
    .join('; ');
}

/**
 * First process in the namespaces; when the command ends it ends, and with it all others. It mounts
 * a home, empties hidden paths, and starts the command with its own standard input.
 * `$1` is the home, `$2` its owner; hidden paths follow, then `--` and the command.
 */
const FIRST_PROCESS = `
set -e
mount -t tmpfs -o "size=${MAX_HOME_BYTES},mode=0700,uid=$2,gid=$2" tmpfs "$1"
shift 2
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mount -t tmpfs -o ro,mode=0000,size=4k tmpfs "$1"; else mount --bind /dev/null "$1"; fi
  shift
done
shift
exec 3<&0
"$@" <&3 3<&- &
wait $!`;

const UNSHARE_OPTIONS = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'];
/** No process that it starts can gain privileges. */
const WITHOUT_PRIVILEGES = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];

/** Returns the command line that runs the command in the given isolation. */
export function isolatedCommandLine(
  isolation: Isolation,
  { home, uid, hidden, cpuSeconds }: CommandPlace,
  command: string[],
): CommandLine {
  const limited = (processes: number | null, script: string, args: string[]) => [
    '-c',
    `${limits(processes ?? MAX_PROCESSES.shared, cpuSeconds)}; ${script}`,
    'sh',
    ...args,
  ];
  const first = (owner: number, processes: number, become: string[]) => [
    '/bin/sh',
    ...limited(processes, FIRST_PROCESS, [
      home,
      String(owner),
      ...hidden,
      '--',
      ...WITHOUT_PRIVILEGES,
      ...become,
      ...command,
    ]),
  ];
  if (isolation === 'namespaces') {
    const become = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
    return {
      file: 'unshare',
      args: [...UNSHARE_OPTIONS, ...first(uid!, MAX_PROCESSES.own, become)],
      identity: {},
    };
  }
  if (isolation === 'user_namespace')
    return {
      file: 'unshare',
      args: [
        '--user',
        '--map-root-user',
        ...UNSHARE_OPTIONS,
        ...first(0, MAX_PROCESSES.shared, []),
      ],
      identity: {},
    };
  const identity = uid === null ? {} : { uid, gid: uid };
  return {
    file: '/bin/sh',
    args: limited(uid === null ? null : MAX_PROCESSES.own, 'exec "$@"', command),
    identity,
  };
}
