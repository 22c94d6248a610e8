// Entry point of `npm run export`.
import { runExport } from './export-command.js';

process.exitCode = await runExport(process.argv.slice(2), {
  out: process.stdout,
  error: (line) => process.stderr.write(`${line}\n`),
});
