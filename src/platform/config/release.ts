// The version of this release, and the versions of Node that it runs on. It imports nothing but
// Node, because an old Node has to get as far as this.
import { existsSync, readFileSync } from 'node:fs';

interface Manifest {
  version: string;
  engines: { node: string };
}

/** `package.json` as seen from the sources, and from `dist`. */
const MANIFESTS = ['../../../package.json', '../../../../package.json'].map(
  (path) => new URL(path, import.meta.url),
);

const { version, engines } = JSON.parse(
  readFileSync(
    MANIFESTS.find((file) => existsSync(file))!,
    'utf8',
  ),
) as Manifest;

export const VERSION = version;

/** Ends a process whose Node is too old, before it loads what such a Node cannot. */
export function requireNode(): void {
  const problem = nodeProblem();
  if (problem === null) return;
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}

/** @returns why this Node cannot run Threadkeep, and what to do; null when it can */
export function nodeProblem(node = process.version, range = engines.node): string | null {
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number);
  const isSupported = [...range.matchAll(/>=(\d+)\.(\d+)(?: <(\d+))?/g)].some(
    ([, from, least, below]) =>
      major === Number(from)
        ? minor >= Number(least)
        : major > Number(from) && (below === undefined || major < Number(below)),
  );
  return isSupported
    ? null
    : `Threadkeep ${VERSION} needs Node ${range}, and this is ${node}. Install a newer one, such as the current LTS release.`;
}
