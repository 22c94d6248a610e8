import type { PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { RequestErrors } from '../platform/errors/index.js';
import { type QueryField, Unreadable } from '../platform/http/index.js';

export const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
export const ALIAS_RULE = 'must be 1 to 63 letters, digits, points, hyphens or underscores, the first a letter or a digit';

/** Some of what the pattern lets through. */
export const ALIAS_EXAMPLES = ['prod', 'canary', 'v2-test'];

export const AliasParameter: PipeTransform<string, string> = {
  transform(value) {
    if (!ALIAS.test(value)) throw RequestErrors.invalidQuery({ errors: [{ pointer: ':alias', message: ALIAS_RULE }] });
    return value;
  },
};

export const ApiAlias = () => ApiParam({ name: 'alias', schema: { type: 'string', pattern: ALIAS.source, examples: ALIAS_EXAMPLES } });

/** The same in a query. */
export const aliasField = (): QueryField<string | undefined> => ({
  schema: { type: 'string', pattern: ALIAS.source, examples: ALIAS_EXAMPLES },
  read: (value) => {
    if (value !== undefined && !ALIAS.test(value)) throw new Unreadable(ALIAS_RULE);
    return value;
  },
});
