// Entry point of `npm run import`.
import { runImport } from './import-command.js';

process.exitCode = await runImport(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
});
