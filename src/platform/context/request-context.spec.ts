import { describe, expect, it } from '@jest/globals';
import { KEY_SCOPES } from './key-scopes.js';
import { RequestContext, RequestContexts } from './request-context.js';
import { ScopeMissingError, SupersededScopeError, UserScope } from './scope.js';
import { standingProof } from '../../../test/support/proof.js';

const contexts = new RequestContexts();
const ada = '01900000-0000-7000-8000-00000000000a';
const bob = '01900000-0000-7000-8000-00000000000b';

describe('the scope of a request', () => {
  it('is sealed once', () => {
    const context = new RequestContext('r1');
    const scope = new UserScope(ada);
    context.seal(scope);
    expect(context.scope).toBe(scope);
    expect(() => context.seal(new UserScope(bob))).toThrow('already sealed');
    expect(context.scope).toBe(scope);
  });

  it('is missing where nobody sealed one', () => {
    expect(() => contexts.scope()).toThrow(ScopeMissingError);
    expect(() => contexts.userScope()).toThrow(ScopeMissingError);
    expect(() => contexts.run(new RequestContext('r1'), () => contexts.scope())).toThrow(
      ScopeMissingError,
    );
  });

  it('is no user in the scope of the system', async () => {
    const kinds = await contexts.runIn({ kind: 'system', reason: 'test' }, async () => {
      expect(() => contexts.userScope()).toThrow(ScopeMissingError);
      return contexts.scope().kind;
    });
    expect(kinds).toBe('system');
  });

  it('belongs to its own asynchronous work, also when two are under way', async () => {
    const read = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return contexts.userScope().userId;
    };
    await expect(
      Promise.all([contexts.runAsUser(ada, read), contexts.runAsUser(bob, read)]),
    ).resolves.toEqual([ada, bob]);
    expect(contexts.current()).toBeUndefined();
  });

  it('of work inside a request keeps the request id and the principal', async () => {
    const context = new RequestContext('r1');
    context.principal = {
      kind: 'service',
      userId: null,
      credentialId: 'k1',
      readOnly: false,
      scopes: new Set(KEY_SCOPES),
    };
    const inner = await contexts.run(context, () =>
      contexts.runAsUser(ada, async () => contexts.current()),
    );
    expect(inner).toMatchObject({ requestId: 'r1', principal: context.principal });
    expect(context.scope).toBeUndefined();
    await contexts.runAsUser(ada, async () =>
      expect(contexts.current()?.requestId).toBe('background'),
    );
  });
});

describe('the scope of a user who does not exist yet', () => {
  it('is settled once, under the id the user got', () => {
    const scope = new UserScope(ada, () => Promise.resolve(standingProof));
    expect(scope.provision).toBeInstanceOf(Function);
    scope.settle(bob, standingProof);
    expect(scope.userId).toBe(bob);
    expect(scope.provision).toBeUndefined();
    expect(() => scope.settle(ada, standingProof)).toThrow('this scope is sealed');
  });

  it('cannot be changed when the user exists', () => {
    expect(() => new UserScope(ada).settle(bob, standingProof)).toThrow('this scope is sealed');
  });

  it('can be taken over by the request that created the user first', async () => {
    const winner = { id: bob, proof: standingProof };
    const error = new SupersededScopeError(() => Promise.resolve(winner));
    await expect(error.winner()).resolves.toBe(winner);
  });
});
