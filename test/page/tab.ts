import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import type { Browser } from './devtools.js';

/** How long the page may take to show something, in ms: it asks each 2 s, and two cores may be busy. */
const within = 60_000;

const exception = z.object({
  exceptionDetails: z.looseObject({ text: z.string(), exception: z.looseObject({ description: z.string() }).optional() }),
});
const logEntry = z.object({ entry: z.looseObject({ source: z.string(), level: z.string(), text: z.string() }) });
const request = z.object({ request: z.looseObject({ url: z.string(), method: z.string() }) });
const evaluated = z.object({
  result: z.looseObject({ value: z.unknown().optional() }),
  exceptionDetails: z.looseObject({ text: z.string() }).optional(),
});

/** A tab of its own session: nothing that another one keeps is seen in it. */
export class Tab {
  /** Faults of scripts, and what the browser forbade; answers such as 401 and 404 are none. */
  readonly faults: string[] = [];
  /** What it asked for. */
  readonly requests: { url: string; method: string }[] = [];
  readonly #browser: Browser;
  readonly #session: string;
  readonly #context: string;

  static async open(browser: Browser): Promise<Tab> {
    const { browserContextId } = z.object({ browserContextId: z.string() }).parse(await browser.send('Target.createBrowserContext'));
    const { targetId } = z
      .object({ targetId: z.string() })
      .parse(await browser.send('Target.createTarget', { url: 'about:blank', browserContextId }));
    const { sessionId } = z
      .object({ sessionId: z.string() })
      .parse(await browser.send('Target.attachToTarget', { targetId, flatten: true }));
    const tab = new Tab(browser, sessionId, browserContextId);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tab.send(`${domain}.enable`);
    return tab;
  }

  private constructor(browser: Browser, session: string, context: string) {
    this.#browser = browser;
    this.#session = session;
    this.#context = context;
    browser.listen(session, (method, params) => {
      if (method === 'Runtime.exceptionThrown') {
        const { text, exception: thrown } = exception.parse(params).exceptionDetails;
        this.faults.push(thrown?.description ?? text);
      } else if (method === 'Log.entryAdded') {
        const { source, level, text } = logEntry.parse(params).entry;
        if (source !== 'network' && level !== 'verbose') this.faults.push(`${source}: ${text}`);
      } else if (method === 'Runtime.consoleAPICalled') this.faults.push(`console: ${JSON.stringify(params['args'])}`);
      else if (method === 'Network.requestWillBeSent') this.requests.push(request.parse(params).request);
    });
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#browser.send(method, params, this.#session);
  }

  async go(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page. Rejects if it throws. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = evaluated.parse(
      await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }),
    );
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(result)}`);
    return result.value;
  }

  /** The text that is seen in an element; empty if it is not there, or hidden. */
  async text(selector: string): Promise<string> {
    const found = `document.querySelector(${JSON.stringify(selector)})`;
    return String(await this.value(`${found}?.checkVisibility() ? ${found}.innerText : ''`)).replaceAll('\u00a0', ' ');
  }

  /** Resolves when that text is seen, with all of it. */
  async sees(selector: string, wanted: RegExp): Promise<string> {
    let last = '';
    await eventually(
      `${selector} shows ${String(wanted)}`,
      async () => {
        last = await this.text(selector).catch(() => '');
        return wanted.test(last);
      },
      { within, every: 50 },
    ).catch((error: unknown) => {
      throw new Error(`${selector} shows “${last}”, not ${String(wanted)}`, { cause: error });
    });
    return last;
  }

  /** Puts the focus into a field, types, and presses Enter, as at a keyboard. */
  async type(selector: string, text: string): Promise<void> {
    await this.value(`(() => { const field = document.querySelector(${JSON.stringify(selector)}); field.focus(); field.select(); })()`);
    await this.send('Input.insertText', { text });
    await this.key('Enter', '\r');
  }

  async key(key: string, text?: string): Promise<void> {
    const code = { key, code: key, windowsVirtualKeyCode: key === 'Enter' ? 13 : 9, ...(text === undefined ? {} : { text }) };
    await this.send('Input.dispatchKeyEvent', { type: 'keyDown', ...code });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...code });
  }

  /** How many points the lines of a plot have. */
  async points(plot: number): Promise<number> {
    const path = String(
      await this.value(`document.querySelectorAll('#plots figure')[${plot}].querySelector('path.first').getAttribute('d')`),
    );
    return path.split(/[ML]/).length - 1;
  }

  async close(): Promise<void> {
    await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#context });
  }
}
