import { found, lasting, made, say } from './dom.js';

/**
 * @typedef {import('../../../figures/status.js').Status} Status
 * @typedef {{ at: number, status: Status }} Moment when it was told, in ms, and what
 * @typedef {{ name: string, pick: (status: Status) => number | undefined }} Series
 * @typedef {object} Plot
 * @property {string} title
 * @property {Series[]} series one or two
 * @property {number} least what the scale goes up to at least
 * @property {(value: number) => string} format
 * @property {(status: Status) => number} [ceiling]
 */

/** What is kept and shown, in ms; an answer comes each 2 s, so that is 150 of them. */
const span = 5 * 60_000;
const most = 150;

/** Answers that are further apart, in ms, are not joined: nobody looked, or there was none. */
const joined = 10_000;

const width = 300;
const height = 80;
const svgSpace = 'http://www.w3.org/2000/svg';

/** @type {Plot[]} */
const plots = [
  { title: 'Writes a minute', series: [{ name: '', pick: ({ perMinute }) => perMinute.writes }], least: 10, format: String },
  { title: 'Conflicts a minute', series: [{ name: '', pick: ({ perMinute }) => perMinute.conflicts }], least: 10, format: String },
  {
    title: 'Wish to applied',
    series: [
      { name: 'p50', pick: ({ wishToApplied }) => wishToApplied.p50Ms },
      { name: 'p95', pick: ({ wishToApplied }) => wishToApplied.p95Ms },
    ],
    least: 100,
    format: lasting,
  },
  {
    title: 'Requests left',
    series: [{ name: '', pick: ({ budget }) => budget.remaining }],
    least: 1,
    format: String,
    ceiling: ({ budget }) => budget.allowed,
  },
];

/** The plots, and the answers that they are drawn from: the last five minutes of this page, and no more. */
export class Plots {
  /** @type {Moment[]} */
  #moments = [];
  #drawings = plots.map((plot) => new Drawing(plot));

  constructor() {
    found('plots').append(...this.#drawings.map(({ figure }) => figure));
  }

  add(/** @type {Status} */ status) {
    const at = performance.now();
    this.#moments.push({ at, status });
    this.#moments = this.#moments.filter((moment) => moment.at > at - span).slice(-most);
    for (const drawing of this.#drawings) drawing.draw(this.#moments, at);
  }
}

/** One plot: its nodes are made once, and only their values change. */
class Drawing {
  #plot;
  #svg = svg('svg', '');
  #ceiling = svg('path', 'ceiling');
  #lines;
  #legend;
  #top = made('span', '');

  constructor(/** @type {Plot} */ plot) {
    this.#plot = plot;
    const classes = ['first', 'second'];
    this.#lines = plot.series.map((_, index) => svg('path', classes[index] ?? ''));
    this.#legend = plot.series.map((_, index) => made('span', classes[index] ?? ''));
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.#svg.setAttribute('preserveAspectRatio', 'none');
    this.#svg.setAttribute('role', 'img');
    this.#svg.append(...(plot.ceiling === undefined ? [] : [this.#ceiling]), ...this.#lines);
    this.figure = made(
      'figure',
      '',
      made('figcaption', '', made('b', '', plot.title), ...this.#legend),
      this.#svg,
      made('p', '', made('span', '', '5 min ago'), this.#top, made('span', '', 'now')),
    );
  }

  draw(/** @type {Moment[]} */ moments, /** @type {number} */ now) {
    const { title, series, least, format, ceiling } = this.#plot;
    const last = moments.at(-1);
    if (last === undefined) return;
    const values = series.map(({ pick }) => moments.map(({ at, status }) => ({ at, value: pick(status) })));
    const highest = Math.max(...values.flat().map(({ value = 0 }) => value));
    const top = Math.max(least, highest, ceiling?.(last.status) ?? 0);
    const x = (/** @type {number} */ at) => rounded(width * (1 - (now - at) / span));
    // a little room, so that a line at either end is seen whole
    const y = (/** @type {number} */ value) => rounded(height - 3 - (height - 6) * (value / top));
    for (const [index, points] of values.entries()) this.#lines[index]?.setAttribute('d', pathOf(points, x, y));
    if (ceiling !== undefined) this.#ceiling.setAttribute('d', `M0 ${y(ceiling(last.status))}H${width}`);
    const current = series.map(({ name, pick }) => {
      const value = pick(last.status);
      return `${name} ${value === undefined ? 'none' : format(value)}`.trim();
    });
    for (const [index, element] of this.#legend.entries()) say(element, current[index] ?? '', element.className);
    say(this.#top, `scale to ${format(top)}`);
    this.#svg.setAttribute('aria-label', `${title}: now ${current.join(', ')}, highest ${format(highest)}`);
  }
}

/**
 * A line through the values; it is broken where there is none, or nobody looked. One value alone is a dot.
 * @param {{ at: number, value: number | undefined }[]} points
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 */
function pathOf(points, x, y) {
  let before = -Infinity;
  let path = '';
  for (const { at, value } of points) {
    if (value === undefined) {
      before = -Infinity;
      continue;
    }
    path += at - before > joined ? `M${x(at)} ${y(value)}h0` : `L${x(at)} ${y(value)}`;
    before = at;
  }
  return path;
}

function rounded(/** @type {number} */ value) {
  return Math.round(value * 10) / 10;
}

function svg(/** @type {string} */ name, /** @type {string} */ className) {
  const element = document.createElementNS(svgSpace, name);
  if (className !== '') element.setAttribute('class', className);
  return element;
}
