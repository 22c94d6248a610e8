import { Check } from 'typeorm';

/** Adds check constraints that several tables share. The name of each begins with the table's. */
export function Checks(table: string, conditions: Record<string, string>): ClassDecorator {
  return (target) =>
    Object.entries(conditions).forEach(([name, condition]) =>
      Check(`${table}__${name}`, condition)(target),
    );
}
