import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';

const directory = mkdtempSync(join(tmpdir(), 'threadkeep-settings-'));

const load = (text: string) => {
  const file = join(directory, 'schema.json');
  writeFileSync(file, text);
  return loadConfig({ USER_SETTINGS_SCHEMA_FILE: file }).identity.settingsFault!;
};

describe('USER_SETTINGS_SCHEMA_FILE', () => {
  it('is compiled, and names the value that does not fit', () => {
    const fault = load(
      '{"properties":{"a/b":{"type":"object","properties":{"c":{"type":"string"}}}}}',
    );
    expect(fault({})).toBeNull();
    expect(fault({ 'a/b': { c: 'text' } })).toBeNull();
    expect(fault({ 'a/b': { c: 1 } })).toEqual({ pointer: '/a~1b/c', message: 'must be string' });
  });

  it.each([
    '',
    '[',
    '7',
    '{"type":"thing"}',
    '{"minimum":"1"}',
    '{"$ref":"#/$defs/none"}',
    '{"unknown":1}',
  ])('stops the start when it has %j', (text) => {
    expect(() => load(text)).toThrow(/USER_SETTINGS_SCHEMA_FILE: cannot be read as a JSON Schema/);
  });

  it('stops the start when it is not there', () => {
    expect(() => loadConfig({ USER_SETTINGS_SCHEMA_FILE: join(directory, 'none') })).toThrow(
      'USER_SETTINGS_SCHEMA_FILE: cannot be read: there is no such file',
    );
  });
});
