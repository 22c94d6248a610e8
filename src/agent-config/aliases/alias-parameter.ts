import { NameParameter } from '../../platform/input/index.js';

export const ALIAS = new NameParameter(
  'alias',
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
  '1 to 63 letters, digits, points, hyphens or underscores, the first a letter or a digit',
  ['prod', 'canary', 'v2-test'],
  'Name of the alias.',
);
