// Rules of a service's configuration for overrides: paths that users may change, and bounds of
// numbers.
import { z } from 'zod';

const MAX_PATHS = 50;

const EXAMPLES = ['/systemPrompt', '/parameters/temperature', '/memory'];
const path = z
  .string()
  .regex(
    /^\/(?:model|systemPrompt|tools|parameters(?:\/[^/]{1,100})?|memory(?:\/(?:enabled|limit|blocks))?|context(?:\/budgetTokens)?)$/,
    `must be a path such as ${EXAMPLES.join(', ')}`,
  )
  .meta({ examples: EXAMPLES });
const bounded = z.strictObject({
  path: path.describe('JSON Pointer of the number.'),
  min: z.number().optional().describe('The least it may be.'),
  max: z.number().optional().describe('The most it may be.'),
});

export const overridableSchema = z.array(z.union([path, bounded])).max(MAX_PATHS);
export type Overridable = z.infer<typeof overridableSchema>;

/** Rules of a version that has none of its own. */
export const DEFAULT_OVERRIDABLE: Overridable = [
  '/memory',
  { path: '/parameters/temperature', min: 0, max: 1 },
];
