// Installs each published client that tests talk to, in its own folder, so that none is in our lock file.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FLAGS = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];

/** Makes a virtual environment with what `requirements.txt` names. */
function installPython(folder) {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
  } catch {
    throw new Error(
      'The published clients for Python need python3 with venv and pip: install python3-venv',
    );
  }
  const environment = join(folder, '.venv');
  const pip = join(environment, 'bin/pip');
  const requirements = join(folder, 'requirements.txt');
  execFileSync('python3', ['-m', 'venv', environment], { stdio: 'inherit' });
  // Where one index cannot be reached, pip would wait for it five times for each package.
  const options = ['--quiet', '--retries', '1', '--requirement', requirements];
  execFileSync(pip, ['install', ...options], { stdio: 'inherit' });
}

for (const name of readdirSync(import.meta.dirname)) {
  const folder = join(import.meta.dirname, name);
  if (existsSync(join(folder, 'package.json')))
    execFileSync('npm', ['install', '--prefix', folder, ...FLAGS], { stdio: 'inherit' });
  if (existsSync(join(folder, 'requirements.txt'))) installPython(folder);
}
