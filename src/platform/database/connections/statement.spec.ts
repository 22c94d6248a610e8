import { describe, expect, it } from '@jest/globals';
import {
  declaredStatements,
  ownedAnonymous,
  ownedStatement,
  serviceStatement,
  Statement,
  statement,
} from './statement.js';

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

describe('an owned statement', () => {
  const OWNED = [
    'select 1 from t where user_id = $1',
    'select 1 from t m where m.user_id=$1::uuid and m.id = $2',
    'select 1 from t m where m.user_id = (select $1::uuid)',
    'select 1 from t m where m.user_id = any (array[$1::uuid])',
    'select 1 from t m where $1 = m.user_id',
    'delete from t where id = $2 and $1::uuid = user_id',
    'insert into threadkeep.t (user_id, id) values ($1, $2)',
    'insert into t as h (user_id, id)\n values ($1, 1) on conflict do nothing',
    'with a as (select 1) insert into t (user_id, id)\n select $1, a.id from a',
    'insert into t (id, user_id, name) values ($2, $1, $3)',
    'insert into o (id) values ($1); insert into t (id, user_id) values ($2, $1)',
    'select 1 from threadkeep.app_user where id = $1',
    'select 1 from threadkeep.app_user u where u.id = $1',
  ];
  const UNOWNED = [
    'select 1',
    'select $1::uuid from t',
    'select 1 from t where user_id = $2',
    'select 1 from t where user_id = $10',
    'select 1 from t where user_id <> $1',
    'select 1 from t where about_user_id = $1',
    'select 1 from t where user_id > $1',
    'select 1 from t where id = $1',
    'insert into t (user_id, id) values ($2, $1)',
    'insert into t (id, user_id) values ($1, $2)',
    'insert into t (user_id, id) values ($10, $2)',
    'insert into t (user_id, id) select $2, id from u where id = $1',
    'select 1 from app_user u join t on t.id = $1 where u.id = $2',
  ];

  it.each(OWNED)('may be: %s', (text) => {
    expect(ownedStatement(`test.owned ${text}`, text).owner).toBe('user');
    expect(ownedAnonymous(text)).toMatchObject({ name: '', slow: true, owner: 'user' });
  });

  it.each(UNOWNED)('may not be: %s', (text) => {
    const name = `test.unowned ${text}`;
    expect(() => ownedStatement(name, text)).toThrow(/^statement test\.unowned .* \$1/s);
    expect(() => ownedAnonymous(text)).toThrow('statement anonymous has an owner');
    expect(declaredStatements().map((known) => known.name)).not.toContain(name);
  });

  it('may share its name and text with one that is no owner’s, and each is listed once', () => {
    const text = 'select 1 from t where user_id = $1';
    for (const declare of [ownedStatement, statement, ownedStatement]) declare('test.shared', text);
    const listed = declaredStatements().filter(({ name }) => name === 'test.shared');
    expect(listed.map(({ owner }) => owner)).toEqual(['user', undefined]);
  });

  it('of the service names its owner, and no user', () => {
    expect(serviceStatement('test.service', 'select 1 from t where owner = $1').owner).toBe(
      'system',
    );
    expect(() => serviceStatement('test.of_user', 'select 1 from t where user_id = $1')).toThrow();
  });

  it('is listed with all others that were declared', () => {
    const declared = ownedStatement('test.listed', 'select 1 from t where user_id = $1');
    expect(declaredStatements()).toContain(declared);
  });
});
