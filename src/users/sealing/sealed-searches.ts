// Asks for sealed users by the look-up value of their address, and refuses what needs plain text.
import { Injectable } from '@nestjs/common';
import { type FieldError, RequestErrors } from '../../platform/errors/index.js';
import type { Filter, FilterTree, ListQuery } from '../../platform/list/index.js';
import { AddressIndex } from './address-index.js';
import { FIELDS } from './fields.js';

/** The hidden field of the list that has the look-up value. */
export const HMAC_FIELD = 'emailHmac';

const SEALED = 'is sealed, so the database cannot search it';
const EMAIL = 'is sealed, so the database can only compare it as a whole: eq, ne, in and exists';

const isSealed = ({ field }: Filter): boolean => (FIELDS as readonly string[]).includes(field);
const isComparable = ({ field, operator, path }: Filter): boolean =>
  field === 'email' && operator !== 'contains' && !path;

/** Negative conditions hold when both columns fulfil them, others when one does. */
const needsBoth = ({ operator, value }: Filter): boolean =>
  operator === 'ne' || (operator === 'exists' && value === false);

@Injectable()
export class SealedSearches {
  constructor(private readonly addresses: AddressIndex) {}

  /**
   * Rewrites a query for users who may be sealed. As the system.
   * @throws AppError `request.invalid_query` for a search that the database cannot answer
   */
  async rewritten(query: ListQuery): Promise<ListQuery> {
    const conditions = query.filters.flatMap(conditionsOf).filter(isSealed);
    if (conditions.length === 0 && query.q === undefined) return query;
    if (!(await this.addresses.mayBeSealed())) return query;
    const errors = conditions.filter((one) => !isComparable(one)).map(refusal);
    if (query.q !== undefined) errors.push({ pointer: '?q', message: SEALED });
    if (errors.length > 0) throw RequestErrors.invalidQuery({ errors });
    return { ...query, filters: await Promise.all(query.filters.map((one) => this.tree(one))) };
  }

  private async tree(filter: FilterTree): Promise<FilterTree> {
    const each = (filters: FilterTree[]) => Promise.all(filters.map((one) => this.tree(one)));
    if ('all' in filter) return { all: await each(filter.all) };
    if ('any' in filter) return { any: await each(filter.any) };
    if ('not' in filter) return { not: await this.tree(filter.not) };
    if (!isSealed(filter)) return filter;
    const keyed = { ...filter, field: HMAC_FIELD, value: await this.keyed(filter) };
    return needsBoth(filter) ? { all: [keyed, filter] } : { any: [keyed, filter] };
  }

  private async keyed({ operator, value }: Filter): Promise<unknown> {
    if (operator === 'exists') return value;
    if (operator !== 'in') return this.addresses.of(value as string);
    return Promise.all((value as string[]).map((one) => this.addresses.of(one)));
  }
}

function conditionsOf(filter: FilterTree): Filter[] {
  if ('all' in filter) return filter.all.flatMap(conditionsOf);
  if ('any' in filter) return filter.any.flatMap(conditionsOf);
  return 'not' in filter ? conditionsOf(filter.not) : [filter];
}

const refusal = ({ field }: Filter): FieldError => ({
  pointer: `?filter[${field}]`,
  message: field === 'email' ? EMAIL : SEALED,
});
