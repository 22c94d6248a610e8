#!/usr/bin/env -S node --max-semi-space-size=32
// Entry point of the command `threadkeep`.
import { requireNode } from '../platform/config/release.js';

requireNode();
const { runCommand } = await import('./commands.js');
process.exitCode = await runCommand(process.argv.slice(2));
