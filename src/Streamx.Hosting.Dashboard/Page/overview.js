// One tile a stream, trouble first, so that one look says which stream needs another; a search where there are many.
import { attribute, element, keyed, text } from './dom.js';
import { clock, rate } from './format.js';
import { SIGNS } from './events.js';
import { isTrouble, SEVERITY } from './severity.js';
import { condition, verdict } from './verdict.js';

// Beyond this, names are found faster by typing than by looking.
const SEARCHED = 20;

export class Overview {
  #root;
  #list;
  #search;
  #found;
  #latest;
  #tiles = new Map();
  #open;
  #frame = null;

  // open: goes to the stream of a name. matches: which streams the search leaves.
  constructor(root, open, matches) {
    this.#root = root;
    this.#open = open;
    this.#list = root.querySelector('ul');
    this.#search = root.querySelector('input');
    this.#found = root.querySelector('#found');
    this.#latest = root.querySelector('#latest');
    this.#search.addEventListener('input', () => {
      matches(name => this.#matches(name));
      this.#update();
    });
  }

  show(frame) {
    this.#frame = frame;
    this.#root.hidden = frame.streams.length < 2;
    this.#search.parentElement.hidden = frame.streams.length <= SEARCHED;
    if (!this.#root.hidden) this.#update();
  }

  // The newest event, since the log is below the streams.
  note(event) {
    if (!event) return;
    text(this.#latest.firstElementChild, `${clock(event.time)} ${SIGNS[event.kind] ?? '•'} ${event.text}`);
    this.#latest.hidden = false;
  }

  #matches(name) {
    return this.#search.parentElement.hidden || name.toLowerCase().includes(this.#search.value.trim().toLowerCase());
  }

  #update() {
    const streams = this.#frame.streams.filter(stream => this.#matches(stream.name))
      .map((stream, index) => ({ stream, now: condition(stream), index }));
    streams.sort((one, other) => SEVERITY.indexOf(one.now) - SEVERITY.indexOf(other.now) || one.index - other.index);
    const show = (tile, { stream, now }) => {
      attribute(tile.root, 'data-condition', now);
      const [sign, workers, rest] = verdict(stream, now);
      text(tile.sign, sign.split(' ')[0]);
      text(tile.said, `${sign.split(' ').slice(1).join(' ')}${workers}${rest}`);
      text(tile.rate, `${rate(stream.itemsPerSecond)} /s`);
    };
    keyed(this.#list, this.#tiles, streams, ({ stream }) => stream.name, ({ stream }) => this.#create(stream.name), show);
    const troubled = streams.filter(({ now }) => isTrouble(now)).length;
    const isSearched = this.#search.value.trim() && !this.#search.parentElement.hidden;
    text(this.#found, isSearched ? `${streams.length} of ${this.#frame.streams.length} streams`
      : `${this.#frame.streams.length} streams, ${troubled === 0 ? 'none in trouble' : `${troubled} in trouble`}`);
  }

  #create(name) {
    const tile = {
      sign: element('span', { class: 'sign', 'aria-hidden': 'true' }),
      said: element('span', { class: 'said' }),
      rate: element('span', { class: 'rate' }),
    };
    const link = element('a', { href: `#stream-${name}`, class: 'tile' }, tile.sign, element('strong', {}, name), tile.rate, tile.said);
    link.addEventListener('click', event => {
      event.preventDefault();
      this.#open(name);
    });
    tile.root = element('li', { 'data-tile': name }, link);
    return tile;
  }
}
