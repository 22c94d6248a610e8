import { Check } from 'typeorm';

/** The checks that several tables have in common, in each under names that begin with its own. */
export function Checks(table: string, conditions: Record<string, string>): ClassDecorator {
  return (target) =>
    Object.entries(conditions).forEach(([name, condition]) =>
      Check(`${table}__${name}`, condition)(target),
    );
}
