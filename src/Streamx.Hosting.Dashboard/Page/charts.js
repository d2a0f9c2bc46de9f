// Five minutes of a stream: values a second, how much of the time it was blocked, and how long consumers have values in hand.
import { element, text } from './dom.js';
import { percent, rate, seconds } from './format.js';

const SPAN = 300;
const HEIGHT = 96;
const dark = matchMedia('(prefers-color-scheme: dark)');

// Told apart by their dashes as well as by their colour.
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2]];

export class Charts {
  root = element('div', { class: 'charts' });
  #times = [];
  #items = [];
  #blocked = [];
  #handling = new Map();
  #charts;

  constructor(stream) {
    this.#charts = [
      new Chart(this.root, stream, 'Values a second', rate, () => [['', this.#items]]),
      new Chart(this.root, stream, 'Blocked', percent, () => [['', this.#blocked]], { max: 1 }),
      new Chart(this.root, stream, 'Handling time, 95th percentile', seconds, () => [...this.#handling], { log: true }),
    ];
  }

  begin(history) {
    this.#times = [...history?.times ?? []];
    this.#items = [...history?.itemsPerSecond ?? []];
    this.#blocked = [...history?.blockedRatio ?? []];
    this.#handling = new Map(Object.entries(history?.handlingP95Seconds ?? {}).map(([name, values]) => [name, [...values]]));
  }

  // isShown: nothing is drawn where it is not seen.
  add(time, stream, isShown = true) {
    if (stream.itemsPerSecond === null) return;
    const last = this.#times.at(-1);
    if (last !== undefined && time <= last + 0.2) return;
    // Where nothing was seen there is no line.
    if (last !== undefined && time > last + 4) this.#push(last + 1, null, null, () => null);
    const consumers = new Map(stream.consumers.map(consumer => [consumer.name, consumer.handlingP95Seconds]));
    for (const name of consumers.keys())
      if (!this.#handling.has(name)) this.#handling.set(name, new Array(this.#times.length).fill(null));
    this.#push(time, stream.itemsPerSecond, stream.blockedRatio, name => consumers.get(name) ?? null);
    if (isShown) for (const chart of this.#charts) chart.draw(this.#times, time);
  }

  #push(time, items, blocked, handling) {
    this.#times.push(time);
    this.#items.push(items);
    this.#blocked.push(blocked);
    for (const [name, values] of this.#handling) values.push(handling(name));
    const old = this.#times.findIndex(kept => kept >= time - SPAN);
    if (old <= 0) return;
    for (const list of [this.#times, this.#items, this.#blocked, ...this.#handling.values()]) list.splice(0, old);
  }
}

class Chart {
  #figure;
  #canvas = element('div', { class: 'plot', role: 'img' });
  #key = element('ul', { class: 'key' });
  #title;
  #stream;
  #format;
  #series;
  #options;
  #plot = null;
  #made = null;
  #now = 0;

  constructor(root, stream, title, format, series, options = {}) {
    this.#title = title;
    this.#stream = stream;
    this.#format = format;
    this.#series = series;
    this.#options = options;
    // An image has its name from the first paint on; the first values come later.
    this.#label('no values yet');
    this.#figure = element('figure', {}, element('figcaption', {}, title), this.#canvas, this.#key);
    root.append(this.#figure);
    new ResizeObserver(() => this.#resize()).observe(this.#figure);
    dark.addEventListener('change', () => { this.#made = null; });
  }

  draw(times, now) {
    this.#now = now;
    const series = this.#series();
    const made = `${dark.matches}|${series.map(([name]) => name).join('|')}`;
    const data = [times, ...series.map(([, values]) => values)];
    if (this.#made === made) this.#plot.setData(data);
    else this.#make(series, data);
    this.#made = made;
    const latest = series.map(([name, values]) => `${name} ${this.#format(values.at(-1))}`.trim());
    this.#label(`now ${latest.join(', ')}`);
    latest.forEach((value, index) => text(this.#key.children[index].lastChild, value));
  }

  #label(latest) {
    this.#canvas.setAttribute('aria-label', `${this.#title} of ${this.#stream} over five minutes; ${latest}`);
  }

  #make(series, data) {
    this.#plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    const grid = { stroke: colour('--line'), width: 1 };
    const axis = { stroke: colour('--quiet'), grid, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    const lines = series.map(([name], index) => (
      { label: name, stroke: seriesColour(index), width: 2, dash: DASHES[index % 6], points: { show: false }, spanGaps: false }));
    const highest = high => this.#options.max ? this.#options.max * 1.04 : high > 0 ? high * 1.1 : 1;
    const ago = at => at >= this.#now ? 'now' : `−${Math.round((this.#now - at) / 60)} min`;
    this.#plot = new globalThis.uPlot({
      width: this.#width(),
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 16, 0, 0],
      scales: {
        x: { time: false, range: () => [this.#now - SPAN, this.#now] },
        y: this.#options.log ? { distr: 3, range: (_, low, high) => around(low, high) } : { range: (_, low, high) => [0, highest(high)] },
      },
      axes: [
        {
          ...axis, size: 18, gap: 2,
          splits: () => [-240, -180, -120, -60, 0].map(offset => this.#now + offset),
          values: (_, splits) => splits.map(ago),
        },
        {
          ...axis, size: 52, gap: 4, space: 28,
          ...this.#options.log && { splits: (_, axis, low, high) => decades(low, high), filter: (_, splits) => splits },
          values: (_, splits) => splits.map(value => value === null ? '' : this.#format(value)),
        },
      ],
      series: [{}, ...lines],
    }, data, this.#canvas);
    this.#key.replaceChildren(...lines.map((line, index) => element('li', {}, sample(index), element('span'))));
  }

  #resize() {
    if (this.#plot && this.#plot.width !== this.#width()) this.#plot.setSize({ width: this.#width(), height: HEIGHT });
  }

  #width() {
    return Math.max(120, Math.floor(this.#figure.clientWidth));
  }
}

// Whole decades, one at least.
function around(low, high) {
  if (!(low > 0)) return [0.001, 1];
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  return [10 ** from, 10 ** Math.max(to, from + 1)];
}

// At most five of them: there is no room for more.
function decades(low, high) {
  const [from, to] = [Math.round(Math.log10(low)), Math.round(Math.log10(high))];
  const step = Math.ceil((to - from) / 4);
  const all = [];
  for (let power = from; power <= to; power += step) all.push(10 ** power);
  return all;
}

// The golden angle repeats no hue; the lightness is that of text on the page.
function seriesColour(index) {
  const hue = Math.round((217 + index * 137.508) % 360 * 10) / 10;
  return dark.matches ? `hsl(${hue}, 75%, 72%)` : `hsl(${hue}, 75%, 33%)`;
}

function sample(index) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const attributes = { class: 'sample', stroke: seriesColour(index), viewBox: '0 0 28 4', width: 28, height: 4, 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', 'M0 2H28');
  line.setAttribute('stroke-dasharray', DASHES[index % 6].join(' '));
  svg.append(line);
  return svg;
}
