// The command lines that put a command into each kind of isolation.

/** By name: whether the command has a user of its own, and what is isolated. */
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

export interface Place {
  /** An empty directory of the command's own. */
  home: string;
  /** The user it becomes, who is his own group; null for the one who starts it. */
  uid: number | null;
  /** Files and directories that are to be empty. */
  hidden: string[];
  /** Seconds that each process of it may compute. */
  cpuSeconds: number;
}

interface CommandLine {
  file: string;
  args: string[];
  identity: { uid?: number; gid?: number };
}

const MAX_HOME_BYTES = 256 * 1024 * 1024;
/** In the units of the shell: kilobytes of memory that a process may write to, and blocks of 512 bytes of a file. */
const MAX_MEMORY_KB = 2 * 1024 * 1024;
const MAX_FILE_BLOCKS = MAX_HOME_BYTES / 512;
const MAX_OPEN_FILES = 1_024;
/** Of a user of its own, threads included; where it is the service's user, its processes count, too. */
const MAX_PROCESSES = { own: 256, shared: 4_096 };

/** A limit that is lower already stays. */
function limits(processes: number, cpuSeconds: number): string {
  const set = (option: string, value: number) => `ulimit -${option} ${value} 2>/dev/null`;
  const each = [
    set('c', 0),
    set('t', cpuSeconds),
    set('f', MAX_FILE_BLOCKS),
    set('d', MAX_MEMORY_KB),
    set('n', MAX_OPEN_FILES),
  ];
  // The letter for processes differs between shells.
  return [...each, `${set('u', processes)} || ${set('p', processes)}`]
    .map((one) => `${one} || :`)
    .join('; ');
}

/**
 * The first process of the namespaces, which ends with the command, and all of them with it: mounts a home, empties what is hidden, and starts the
 * command with the input that it was given. `$1` is the home, `$2` its owner; hidden paths follow, then `--` and the command.
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
/** Nothing it starts gets more rights than it has. */
const WITHOUT_PRIVILEGES = ['setpriv', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];

/** What to start so that the command runs in the place, isolated. */
export function wrapped(
  isolation: Isolation,
  { home, uid, hidden, cpuSeconds }: Place,
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
