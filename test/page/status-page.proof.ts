import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { z } from 'zod';
import type { ScenarioInput } from '../../src/simulator/scenario.js';
import { cli } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { queuedCall } from '../support/house.js';
import { Browser, chromium } from './devtools.js';
import { inWorld, token, type World, type WorldOptions } from './world.js';

/** Calls that move in bursts, on a network as in the demo: enough to see something. */
const busy: ScenarioInput = {
  calls: { perMinute: 40, most: 1_000, churn: 'bursty', talkMs: [15_000, 40_000] },
  faults: { latencyUp: [15, 60], latencyDown: [15, 60], eventDelay: [20, 150] },
  crm: { latency: [20, 80] },
};

const markup = '<img src=x onerror="document.title=1">';

describe('the status page in Chromium', () => {
  const program = chromium();
  let browser: Browser;

  before(async function () {
    if (program === undefined) {
      process.stdout.write('test:page was skipped: there is no chromium (apt-get install -y chromium)\n');
      return this.skip();
    }
    browser = await Browser.open(program);
  });

  after(async () => {
    if (program !== undefined) await browser.close();
  });

  /** Whatever a test does there: no script failed, nothing was forbidden, nothing was asked of others, and nothing but GET. */
  const proves = (options: Omit<WorldOptions, 'browser'>, test: (world: World) => Promise<void>) => () =>
    inWorld({ browser, ...options }, async (world) => {
      await test(world);
      const { tab, url } = world;
      expect(tab.faults).to.deep.equal([]);
      expect(tab.requests.filter((request) => !request.url.startsWith(`${url}/`) || request.method !== 'GET')).to.deep.equal([]);
    });

  it(
    'shows the figures of `attributed status`, and plots, which change with what happens',
    proves({}, ({ simulator, tab, url, folder, running }) =>
      running(async () => {
        await tab.go(url);
        await tab.sees('#state', /^ready, up for \d/);
        await tab.sees('#figures', /Calls\s+0 live, 0 held[^]*Wish to applied\s+none within the last minute/);
        expect(await tab.text('#token-form')).to.equal('');
        for (const customer of [0, 1, 2]) queuedCall(simulator, customer);
        await tab.sees('#figures', /Calls\s+3 live, 3 held[^]*Since the start[^]*, 3 writes, 0 conflicts, 0 failed, 0 wishes dead/);
        await tab.sees('#figures', /Wish to applied\s+half within [^]*, 3 wishes\s+Lookups\s+crm: half within [^]*, 3 requests/);
        await tab.sees('#plots figure:nth-of-type(1)', /^Writes a minute\s*3\b/);
        await tab.sees('#plots figure:nth-of-type(3)', /p50 [\d.]+ m?s\s*p95 [\d.]+ m?s/);
        for (const plot of [0, 1, 2, 3]) {
          const before = await tab.points(plot);
          await eventually('the plot goes on', async () => (await tab.points(plot)) > before, { within: 60_000, every: 100 });
        }
        await eventually(
          'the shell shows the same',
          async () => {
            const { stdout } = await cli(['status', '-c', `${folder}/run.yaml`]);
            const figures = (await tab.text('#figures')).replace(/\s+/g, ' ');
            return ['calls', 'last minute', 'to applied', 'outbox'].every((name) => {
              const line = stdout.split('\n').find((each) => each.trim().startsWith(name)) ?? 'nothing';
              return figures.includes(line.trim().slice(name.length).trim());
            });
          },
          { within: 60_000, every: 100 },
        );
      }),
    ),
  );

  it(
    'asks for the token where one is set, says when it is wrong, and keeps it in this tab alone',
    proves({ withToken: true }, ({ tab, url, running }) =>
      running(async () => {
        await tab.go(url);
        await tab.sees('#token-form', /http\.tokenFile/);
        expect(await tab.text('#now')).to.equal('');
        expect(await tab.value('document.activeElement.id')).to.equal('token');
        await tab.type('#token', 'a guess');
        await tab.sees('#token-state', /^This token was refused\.$/);
        expect(await tab.value('sessionStorage.length')).to.equal(0);
        await tab.type('#token', 'żółw');
        await tab.sees('#token-state', /^That cannot be a token/);
        await tab.type('#token', token);
        await tab.sees('#state', /^ready/);
        expect(await tab.text('#token-form')).to.equal('');
        expect(await tab.value('[...Object.values(sessionStorage)]')).to.deep.equal([token]);
        expect(await tab.value('localStorage.length + document.cookie.length')).to.equal(0);
        await tab.go(`${url}/?again`);
        await tab.sees('#state', /^ready/);
        await tab.value(`document.querySelector('#forget').click()`);
        await tab.sees('#token-form', /http\.tokenFile/);
        expect(await tab.value('sessionStorage.length')).to.equal(0);
        expect(tab.requests.some((request) => request.url.includes('hush'))).to.equal(false);
      }),
    ),
  );

  it(
    'tells a call’s story to who types its id, and to who follows a link to it; values stay masked',
    proves({}, ({ simulator, tab, url, running }) =>
      running(async (daemon) => {
        const call = queuedCall(simulator);
        await daemon.logged('intent.confirmed');
        await tab.go(url);
        await tab.sees('#state', /^ready/);
        await tab.type('#conversation', ` ${call.id} `);
        const story = await tab.sees('#story', /confirmed, it was seen to have arrived/);
        expect(story).to.match(new RegExp(`^${call.id}\\s+live, version \\d+`));
        expect(story).to.match(
          /seen for the first time[^]*wished by rule customer-tier[^]*sent, attempt 1: crmCustomerId, priorityLevel[^]*applied: status 200/,
        );
        expect(story).to.match(/customer \S+, \w+: .*crmCustomerId=….*[^]*Wishes\s+confirmed \S+, 1 request, rule customer-tier/);
        expect(story).not.to.match(/HIGH|NORMAL/);
        expect(await tab.value('location.hash')).to.equal(`#${call.id}`);
        for (const [id, said] of [
          ['nowhere', /^nothing is known of nowhere, or it is forgotten$/],
          ['..', /^that is no conversation id$/],
          ['../status', /^nothing is known of \.\.\/status, or/],
          [markup, /^nothing is known of <img src=x onerror=/],
        ] as const) {
          await tab.type('#conversation', id);
          await tab.sees('#story-state', said);
          expect(await tab.text('#story')).to.equal('');
        }
        await tab.go(`${url}/?link#${call.id}`);
        await tab.sees('#story', /confirmed, it was seen to have arrived/);
      }),
    ),
  );

  it(
    'shows markup as the text that it is, wherever it comes from',
    proves({}, ({ simulator, tab, url, running }) =>
      running(async (daemon) => {
        const call = queuedCall(simulator);
        await daemon.logged('intent.confirmed');
        const put = await fetch(`${url}/conversations/${call.id}/participants/@customer/attributes?wait=20s`, {
          method: 'PUT',
          headers: { connection: 'close', 'content-type': 'application/json' },
          body: JSON.stringify({ attributes: { [markup]: '<script>document.title=2</script>' } }),
        });
        expect(await put.json()).to.have.property('state', 'confirmed');
        await tab.go(`${url}/#${call.id}`);
        const story = await tab.sees('#story', /sent, attempt 1: <img src=x onerror="document\.title=1">/);
        expect(story).to.contain(`${markup}=…`);
        expect(await tab.value(`document.querySelectorAll('#story img, #story script').length`)).to.equal(0);
        expect(await tab.value('document.title')).to.equal('ready · attributed');
      }),
    ),
  );

  it('is told by the browser that it may neither make markup of text, nor run what stands in it, nor load from elsewhere', () =>
    inWorld({ browser }, ({ tab, url, running }) =>
      running(async () => {
        await tab.go(url);
        await tab.sees('#state', /^ready/);
        expect(tab.faults).to.deep.equal([]);
        const tries = {
          markup: `document.body.insertAdjacentHTML('beforeend', '<b>x</b>')`,
          script: `document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 1' }))`,
          host: `fetch('http://other.example/')`,
        };
        for (const [what, script] of Object.entries(tries)) {
          const before = tab.faults.length;
          await tab.value(`(async () => ${script})().catch(() => undefined)`);
          await eventually(`${what} is refused`, () => tab.faults.length > before, { within: 30_000 });
        }
        expect(tab.faults.join('\n')).to.match(/Content Security Policy/);
        await tab.sees('#state', /^ready/);
      }),
    ));

  it(
    'says that the daemon does not answer, tries again ever more rarely, and goes on when it is back',
    proves({}, async ({ tab, url, running }) => {
      await running(async (daemon) => {
        await tab.go(url);
        await tab.sees('#state', /^ready/);
        // whatever it says from now on, however short a while
        await tab.value(`(() => {
          const state = document.querySelector('#state');
          window.said = [];
          new MutationObserver(() => window.said.push(state.innerText)).observe(state, { childList: true });
        })()`);
        daemon.kill('SIGTERM');
        await daemon.ended;
      });
      await tab.sees('#state', /^the daemon does not answer, it is asked again in 8\.0.s; the figures are of /);
      const said = z.array(z.string()).parse(await tab.value('window.said'));
      expect(said.filter((each) => !each.startsWith('ready')).map((each) => /asked again in (\S+)\s/.exec(each)?.[1])).to.deep.equal([
        '2.0',
        '4.0',
        '8.0',
      ]);
      expect(await tab.text('#figures')).to.contain('0 live');
      expect(await tab.value('document.title')).to.equal('no answer · attributed');
      await running(async () => {
        await tab.sees('#state', /^ready, up for/);
        expect(await tab.value(`document.querySelectorAll('.stale').length`)).to.equal(0);
      });
    }),
  );

  it(
    'asks nothing while nobody looks, and at once when somebody does',
    proves({}, ({ tab, url, running }) =>
      running(async () => {
        const look = (hidden: boolean): Promise<unknown> =>
          tab.value(
            `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
          );
        const asked = (): number => tab.requests.filter((request) => request.url === `${url}/status`).length;
        await tab.go(url);
        await eventually('it asks', () => asked() >= 3, { within: 60_000 });
        await look(true);
        const before = asked();
        // two and a half of its paces by its own clock
        await tab.value('new Promise((resolve) => setTimeout(resolve, 5_000))');
        expect(asked()).to.equal(before);
        await look(false);
        await eventually('it asks again', () => asked() > before + 1, { within: 60_000 });
      }),
    ),
  );

  it(
    'can be read on a phone, in the dark, and by ear',
    proves({}, ({ simulator, tab, url, running }) =>
      running(async (daemon) => {
        const call = queuedCall(simulator);
        await daemon.logged('intent.confirmed');
        await tab.send('Emulation.setDeviceMetricsOverride', { width: 360, height: 740, deviceScaleFactor: 2, mobile: true });
        await tab.go(`${url}/#${call.id}`);
        await tab.sees('#story', /confirmed/);
        expect(await tab.value('document.documentElement.scrollWidth')).to.equal(360);
        const ground = (): Promise<unknown> => tab.value('getComputedStyle(document.body).backgroundColor');
        const schemes: unknown[] = [];
        for (const value of ['light', 'dark']) {
          await tab.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
          schemes.push(await ground());
        }
        expect(schemes).to.deep.equal(['rgb(255, 255, 255)', 'rgb(18, 22, 27)']);
        const heard = z
          .object({
            nodes: z.array(
              z.looseObject({
                ignored: z.boolean(),
                role: z.looseObject({ value: z.string() }).optional(),
                name: z.looseObject({ value: z.string().optional() }).optional(),
              }),
            ),
          })
          .parse(await tab.send('Accessibility.getFullAXTree'))
          .nodes.filter(({ ignored }) => !ignored)
          .map(({ role, name }) => `${role?.value ?? ''}: ${name?.value ?? ''}`);
        expect(heard.filter((node) => /^(image|img): Writes a minute: now 1, highest 1$/.test(node))).to.have.length(1);
        expect(heard.filter((node) => /^(image|img|searchbox|textbox|button|region|heading): *$/.test(node))).to.deep.equal([]);
        expect(heard).to.include('searchbox: Conversation id').and.to.include('button: Show');
      }),
    ),
  );

  it('is reached through a forwarded socket as over ssh, and not by a page whose name was rebound to it', () =>
    inWorld({ browser, forwarded: true }, ({ tab, url, running }) =>
      running(async () => {
        await tab.go(url);
        await tab.sees('#state', /^ready/);
        expect(tab.faults).to.deep.equal([]);
        await tab.go(url.replace('localhost', 'evil.example'));
        await tab.sees('body', /this host name is not served here/);
      }),
    ));

  if (process.env['PAGE_SCREENSHOT'] === '1')
    it('has its picture taken for the README', () =>
      inWorld({ browser, scenario: busy }, ({ simulator, tab, url, running }) =>
        running(async (daemon) => {
          await tab.send('Emulation.setScrollbarsHidden', { hidden: true });
          await tab.send('Emulation.setDeviceMetricsOverride', { width: 1200, height: 800, deviceScaleFactor: 1, mobile: false });
          await tab.go(url);
          await tab.sees('#state', /^ready/);
          simulator.engine.start();
          await tab.value('new Promise((resolve) => setTimeout(resolve, 200_000))');
          const conflict = daemon.log.findLast(({ event }) => event === 'write.conflict');
          await tab.type('#conversation', String(conflict?.['conversationId']));
          await tab.sees('#story', /applied: status 200/);
          await tab.value('document.activeElement.blur()');
          const { data } = z.object({ data: z.string() }).parse(await tab.send('Page.captureScreenshot', { captureBeyondViewport: true }));
          writeFileSync(fileURLToPath(new URL('status-page.png', import.meta.url)), Buffer.from(data, 'base64'));
        }),
      )).timeout(400_000);
});
