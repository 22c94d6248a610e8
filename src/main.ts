// Entry point of the server, as `threadkeep` without a command.
import { requireNode } from './platform/config/release.js';

requireNode();
const { start } = await import('./start.js');
await start();
