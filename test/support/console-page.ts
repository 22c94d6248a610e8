// The console in a browser, used as a person uses it.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { type Browser, type Page, POLLING, type SentRequest } from './browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Counts violations of the policy before any script of the page runs. */
const WATCH = `window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI));`;

type Scheme = 'light' | 'dark';
const text = (value: string): string => JSON.stringify(value);

/** One page of a browser. Its texts are those that a person sees. */
export class ConsolePage {
  /** Errors of scripts, and what the page wrote to the browser's console as an error. */
  readonly faults: string[] = [];
  readonly requests: SentRequest[] = [];

  private constructor(
    readonly page: Page,
    private readonly address: string,
  ) {}

  static async open(browser: Browser, address: string, hash = ''): Promise<ConsolePage> {
    const page = await browser.newPage();
    const opened = new ConsolePage(page, address);
    page.on('pageerror', (error) => opened.faults.push(error.message));
    page.on('request', (request) => opened.requests.push(request));
    page.on('dialog', (dialog) => {
      opened.faults.push('a dialog of a script');
      void dialog.dismiss();
    });
    await page.evaluateOnNewDocument(WATCH);
    await page.setViewport({ width: 1280, height: 900 });
    await page.goto(`${address}/${hash}`);
    return opened;
  }

  async signIn(key: string, user = ''): Promise<void> {
    await this.page.waitForFunction(`document.querySelector('#key') !== null`, POLLING);
    await this.page.type('#key', key);
    if (user !== '') await this.page.type('#user', user);
    await this.page.click('button[type=submit]');
    await this.page.waitForFunction(`document.querySelector('nav') !== null`, POLLING);
  }

  /** Goes to a place, and waits until it shows all of these texts and loads no more. */
  async go(hash: string, ...texts: string[]): Promise<void> {
    await this.page.evaluate(`location.hash = ${text(hash)}`);
    await this.shows(...texts);
  }

  /** @throws when a text is not there within 10 seconds; the error has what is there */
  async shows(...texts: string[]): Promise<void> {
    const all =
      texts.map((one) => `document.body.innerText.includes(${text(one)})`).join(' && ') || 'true';
    const isIdle = `!document.querySelector('main')?.innerText.includes('Loading…')`;
    try {
      const options = { ...POLLING, timeout: 10_000 };
      await this.page.waitForFunction(`${isIdle} && ${all}`, options);
    } catch {
      throw new Error(`${texts.join(' | ')} is not shown in:\n${await this.text()}`);
    }
  }

  text = async (): Promise<string> => String(await this.page.evaluate('document.body.innerText'));

  /** Clicks the first button or link with this text. */
  async press(label: string): Promise<void> {
    const clicked = await this.page.evaluate(
      `(() => { const one = [...document.querySelectorAll('button, a, summary')].find((e) => e.innerText.trim() === ${text(label)} && e.checkVisibility()); one?.click(); return one !== undefined; })()`,
    );
    if (clicked !== true) throw new Error(`Nothing to press is named ${label}.`);
  }

  /** Confirms the open dialog by its button with this text. */
  async confirm(label: string): Promise<void> {
    const clicked = await this.page.evaluate(
      `(() => { const one = [...document.querySelectorAll('dialog[open] button')].find((e) => e.innerText.trim() === ${text(label)}); one?.click(); return one !== undefined; })()`,
    );
    if (clicked !== true) throw new Error(`No dialog offers ${label}.`);
  }

  scheme = (value: Scheme): Promise<void> =>
    this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);

  violations = (): Promise<unknown> => this.page.evaluate('window.violations');

  /** What axe-core finds, as `rule: elements`. */
  async accessibility(): Promise<string[]> {
    await this.page.evaluate(`${AXE}; 0`);
    const found = await this.page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary).join(' ; ')))`,
    );
    return found as string[];
  }

  /** Whether something is wider than the page. */
  scrollsSideways = async (): Promise<boolean> =>
    (await this.page.evaluate(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    )) === true;

  async close(): Promise<void> {
    await this.page.close();
  }
}
