// A page that was opened before an update asks for a chunk that the new version does not have.

interface Reloaded {
  /** Addresses of the scripts that reloaded the page. Each version has another. */
  readonly reloadedFrom: readonly string[];
}

const VERSION = import.meta.url;
/** Empty for a page that somebody opened. */
const reloadedFrom = (history.state as Reloaded | null)?.reloadedFrom ?? [];

/**
 * Reloads the page when a chunk cannot be loaded. Each version does so once, so that it never goes
 * round, not even between two versions behind one address.
 */
export function reloadForNewerVersion(): void {
  // The next reload is somebody's.
  history.replaceState(null, '');
  addEventListener('vite:preloadError', () => void reloadOnce());
}

async function reloadOnce(): Promise<void> {
  // Without a connection there is no newer version to load, and the page would be lost.
  if (reloadedFrom.includes(VERSION) || !(await isServed())) return;
  history.replaceState({ reloadedFrom: [...reloadedFrom, VERSION] } satisfies Reloaded, '');
  location.reload();
}

/** The page is served only to who asks for HTML. */
const isServed = (): Promise<boolean> =>
  fetch(location.pathname, { cache: 'no-store', headers: { accept: 'text/html' } }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Whether another version has reloaded the page, which forgot the key. */
export const wasReloaded = reloadedFrom.length > 0 && !reloadedFrom.includes(VERSION);
