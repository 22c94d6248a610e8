// A headless Chromium, by the puppeteer-core that the example in docs/examples/chat installs.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const EXAMPLE = new URL('../../docs/examples/chat/', import.meta.url);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** By the clock: right after a reload, a page may draw no frame. */
export const POLLING = { polling: 100 };

interface Shot {
  path: string;
  fullPage?: boolean;
}

/** What is used of `puppeteer-core`. Texts to evaluate run in the page. */
export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  url(): string;
  type(selector: string, text: string): Promise<void>;
  click(selector: string): Promise<void>;
  waitForFunction(text: string, options: { polling: number; timeout?: number }): Promise<unknown>;
  evaluate(text: string): Promise<unknown>;
  evaluateOnNewDocument(text: string): Promise<unknown>;
  emulateMediaFeatures(features: { name: string; value: string }[]): Promise<void>;
  setViewport(size: { width: number; height: number }): Promise<void>;
  setBypassCSP(enabled: boolean): Promise<void>;
  screenshot(shot: Shot): Promise<unknown>;
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  on(event: 'pageerror', listen: (error: Error) => void): void;
  on(event: 'console', listen: (message: { type(): string; text(): string }) => void): void;
  on(event: 'request', listen: (request: SentRequest) => void): void;
  on(event: 'dialog', listen: (dialog: { dismiss(): Promise<void> }) => void): void;
  close(): Promise<void>;
}

export interface SentRequest {
  url(): string;
  method(): string;
  headers(): Record<string, string>;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export async function launchBrowser(): Promise<Browser> {
  const require = createRequire(new URL('package.json', EXAMPLE));
  const { default: puppeteer } = (await import(require.resolve('puppeteer-core'))) as {
    default: { launch: (options: object) => Promise<Browser> };
  };
  return puppeteer.launch({
    executablePath: process.env['CHROMIUM'] ?? CHROMIUM.find((path) => existsSync(path)),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}
