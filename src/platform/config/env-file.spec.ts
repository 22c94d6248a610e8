import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { EnvFileError, environmentWithFile } from './env-file.js';

const newDirectory = () => mkdtempSync(join(tmpdir(), 'threadkeep-env-'));

function directoryWith(text: string): string {
  const directory = newDirectory();
  writeFileSync(join(directory, '.env'), text);
  return directory;
}

describe('the .env file of the working directory', () => {
  it('adds settings to the environment, without comments, quotes and line ends of Windows', () => {
    const directory = directoryWith(
      '# a comment\nPORT=3009 # another\r\nHOST="0.0.0.0"\r\nexport LOG_LEVEL=debug\nDATA_DIR=\n',
    );
    expect(environmentWithFile({ PATH: '/bin' }, directory)).toEqual({
      PATH: '/bin',
      PORT: '3009',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'debug',
      DATA_DIR: '',
    });
  });

  it('gives way to the environment, also to a blank variable of it', () => {
    const directory = directoryWith('PORT=3009\nHOST=0.0.0.0\n');
    expect(environmentWithFile({ PORT: '1', HOST: '' }, directory)).toEqual({
      PORT: '1',
      HOST: '',
    });
  });

  it('may be missing', () => {
    expect(environmentWithFile({ PORT: '1' }, newDirectory())).toEqual({ PORT: '1' });
  });

  it('changes no variable of the process', () => {
    const before = { ...process.env };
    environmentWithFile(undefined, directoryWith('THREADKEEP_NOT_SET=1\n'));
    expect(process.env).toEqual(before);
  });

  it('ends the start with its path when it is there and cannot be read', () => {
    const directory = newDirectory();
    mkdirSync(join(directory, '.env'));
    expect(() => environmentWithFile({}, directory)).toThrow(EnvFileError);
    expect(() => environmentWithFile({}, directory)).toThrow(
      `${join(directory, '.env')} cannot be read (EISDIR). Give this user the right to read it, or move it away.`,
    );
  });
});
