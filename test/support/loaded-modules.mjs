// `node --import` it: at its end, the process writes the addresses of all scripts that it has loaded to LOADED_MODULES.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const loaded = [];
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => loaded.push(params.url));
session.post('Debugger.enable');
process.on('exit', () => writeFileSync(process.env.LOADED_MODULES, loaded.join('\n')));
