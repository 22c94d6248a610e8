export { type HeavyKind, HeavyWork } from './heavy-work.js';
export { HeavyWorkModule } from './heavy-work.module.js';
