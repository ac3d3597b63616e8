import { ask, forget, keep, kept, TokenWanted } from './api.js';
import { field, found, lasting, say } from './dom.js';
import { showFigures } from './figures.js';
import { Plots } from './plots.js';
import { polling } from './poll.js';
import { showStory } from './story.js';

/** @typedef {import('../../../figures/status.js').Status} Status */

const sections = ['now', 'past', 'call'].map(found);
const state = found('state');
const plots = new Plots();
/** When the figures are from. */
let asOf = '';

const poll = polling({ ask: () => ask('/status'), told, gone, locked });

function told(/** @type {Status} */ status) {
  const { version, uptimeMs, ready, reasons } = status;
  asOf = new Date().toLocaleTimeString();
  unlocked();
  for (const section of sections) section.className = '';
  say(found('version'), version);
  say(state, `${ready ? 'ready' : `not ready: ${reasons.join('; ')}`}, up for ${lasting(uptimeMs)}`, ready ? 'green' : 'red');
  document.title = `${ready ? 'ready' : 'not ready'} · attributed`;
  showFigures(status);
  plots.add(status);
}

function gone(/** @type {number} */ wait) {
  const old = asOf === '' ? '' : `; the figures are of ${asOf}`;
  say(state, `the daemon does not answer, it is asked again in ${lasting(wait)}${old}`, 'red');
  document.title = 'no answer · attributed';
  for (const section of sections) section.className = 'stale';
}

/** Nothing is asked until there is a token. */
function locked(/** @type {TokenWanted} */ { given }) {
  say(state, 'a token is needed', 'yellow');
  document.title = 'token needed · attributed';
  say(found('token-state'), given ? 'This token was refused.' : '', 'red');
  forget();
  found('forget').hidden = true;
  found('token-form').hidden = false;
  for (const section of sections) section.hidden = true;
  field('token').focus();
}

function unlocked() {
  found('token-form').hidden = true;
  found('forget').hidden = kept() === null;
  for (const section of sections) section.hidden = false;
}

/** The call that the address names behind its `#`: so a story can be linked to, and Back works. */
async function story() {
  const { hash } = location;
  if (hash === '' || !found('token-form').hidden) return;
  const id = decoded(hash.slice(1));
  field('conversation').value = id;
  try {
    await showStory(id);
  } catch (error) {
    if (!(error instanceof TokenWanted)) throw error;
    locked(error);
  }
}

function decoded(/** @type {string} */ text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

found('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = field('token').value.trim();
  field('token').value = '';
  if (!/^[\x20-\x7e]+$/.test(token)) {
    say(found('token-state'), 'That cannot be a token: it is one line of plain characters.', 'red');
    return;
  }
  keep(token);
  void poll().then(story);
});

found('forget').addEventListener('click', () => {
  forget();
  void poll();
});

found('story-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const hash = `#${encodeURIComponent(field('conversation').value.trim())}`;
  // the same one again is shown anew
  if (location.hash === hash) void story();
  else location.hash = hash;
});

addEventListener('hashchange', () => void story());
void poll().then(story);
