import { describe, expect, it } from '@jest/globals';
import { Statement, statement } from './statement.js';

describe('a statement', () => {
  it('has a name and a text', () => {
    const query = statement('test.one', 'select 1');
    expect(query).toBeInstanceOf(Statement);
    expect({ ...query }).toEqual({ name: 'test.one', text: 'select 1', slow: false });
  });

  it('may be one that takes long', () => {
    expect(statement('test.slow', 'select pg_sleep(1)', { slow: true }).slow).toBe(true);
  });

  it('may be declared again with the same text, and with no other', () => {
    statement('test.two', 'select 2');
    expect(statement('test.two', 'select 2').text).toBe('select 2');
    expect(() => statement('test.two', 'select 3')).toThrow('test.two is declared twice');
  });
});
