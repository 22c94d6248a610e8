// Starts the console in the page.
import { render } from 'preact';
import { App } from './app.js';
import { reloadForNewerVersion } from './newer-version.js';

reloadForNewerVersion();
render(<App />, document.getElementById('app')!);
