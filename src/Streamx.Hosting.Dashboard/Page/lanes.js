// The streams: a lane for each, from its producers through the stream to its consumers, and the consumer it waits for.
import { attribute, element, keyed, text } from './dom.js';
import { count, percent, rate } from './format.js';
import { createConsumer, createName, createProducer, updateConsumer, updatePlace, updateProducer } from './cards.js';
import { Charts } from './charts.js';
import { Edges } from './edges.js';
import { Folding } from './folding.js';
import { controls } from './parts.js';
import { tick } from './ticker.js';
import { condition, verdict } from './verdict.js';

export class Lanes {
  #root;
  #session;
  #lanes = new Map();
  #edges;
  #folding;
  #matches = () => true;
  #frame = null;
  #history = new Map();

  constructor(root, session) {
    this.#root = root;
    this.#session = session;
    this.#edges = new Edges(root);
    this.#folding = new Folding(this.#lanes);
  }

  begin(history) {
    this.#history = new Map(history.streams.map(stream => [stream.name, stream]));
    for (const [name, lane] of this.#lanes) lane.charts.begin(this.#history.get(name));
  }

  show(frame) {
    this.#frame = frame;
    keyed(this.#root, this.#lanes, downstream(frame.streams), stream => stream.name, stream => this.#create(stream),
      (lane, stream) => {
        update(lane, stream, this.#session);
        lane.root.hidden = !this.#matches(stream.name);
      });
    this.#folding.update(new Map(frame.streams.map(stream => [stream.name, condition(stream)])));
    for (const stream of frame.streams) {
      const lane = this.#lanes.get(stream.name);
      lane.charts.add(Date.parse(frame.time) / 1000, stream, !lane.isFolded);
    }
    this.#edges.draw(this.#lanes, frame);
  }

  refresh() {
    if (!this.#frame) return;
    for (const stream of this.#frame.streams) update(this.#lanes.get(stream.name), stream, this.#session);
  }

  // Shows the streams of some names only.
  filter(matches) {
    this.#matches = matches;
    for (const [name, lane] of this.#lanes) lane.root.hidden = !matches(name);
    if (this.#frame) this.#edges.draw(this.#lanes, this.#frame);
  }

  // Unfolds a stream, and takes the reader there.
  open(name) {
    const lane = this.#lanes.get(name);
    if (!lane) return;
    this.#folding.open(lane);
    this.#edges.draw(this.#lanes, this.#frame);
    lane.root.scrollIntoView({ block: 'start' });
    lane.title.focus({ preventScroll: true });
  }

  // What goes on between two frames: how long a put has waited.
  tick(since) {
    if (!this.#frame) return;
    for (const stream of this.#frame.streams) tick(this.#lanes.get(stream.name), stream, since);
  }

  #create(stream) {
    const id = `stream-${stream.name}`;
    const lane = {
      title: element('h2', { id, tabindex: '-1' }, stream.name),
      state: element('span', { class: 'state' }),
      facts: element('span', { class: 'facts' }),
      headline: element('span', { class: 'headline', role: 'status' }),
      ticker: element('span', { class: 'ticker' }),
      producerList: element('ul', { class: 'producers', 'aria-label': `Producers of ${stream.name}` }),
      node: element('div', { class: 'node' }),
      consumerList: element('ul', { class: 'consumers', 'aria-label': `Consumers of ${stream.name}` }),
      remote: element('p', { class: 'remote' }),
      outcome: element('p', { class: 'outcome', role: 'status' }),
      controls: element('span', { class: 'controls' }),
      producers: new Map(),
      consumers: new Map(),
      charts: new Charts(stream.name),
    };
    lane.rate = element('strong');
    lane.blocked = element('span');
    lane.waiting = element('span', { class: 'waiting' });
    lane.node.append(element('span', { class: 'pipe' }, stream.name), lane.rate, lane.blocked, lane.waiting);
    lane.root = element('section', { class: 'lane', 'aria-labelledby': id },
      element('div', { class: 'head' }, lane.title, lane.state, lane.facts, lane.controls),
      element('p', { class: 'verdict' }, lane.headline, lane.ticker),
      lane.remote,
      lane.outcome,
      element('div', { class: 'flow' }, lane.producerList, lane.node, lane.consumerList),
      lane.charts.root);
    lane.charts.begin(this.#history.get(stream.name));
    return lane;
  }
}

// The consumers of the stream: those of this process, and those of others, as far as this process knows of them.
function takers(stream) {
  const places = new Map(stream.remote?.names.map(place => [place.name.toLowerCase(), place]));
  const here = stream.consumers.map(consumer => ({ key: consumer.name, consumer, place: places.get(consumer.name.toLowerCase()) }));
  for (const { key } of here) places.delete(key.toLowerCase());
  return [...here, ...[...places.values()].map(place => ({ key: `:${place.name}`, place }))];
}

// A stream whose consumers put into another comes before that.
function downstream(streams) {
  const left = [...streams];
  const sorted = [];
  while (left.length > 0) {
    const isLeft = (name, stream) => left.some(other => other !== stream && other.name === name);
    const isFirst = stream => stream.producers.every(producer => !isLeft(producer.inputStream, stream));
    sorted.push(...left.splice(Math.max(0, left.findIndex(isFirst)), 1));
  }
  return sorted;
}

function update(lane, stream, session) {
  const now = condition(stream);
  attribute(lane.root, 'data-condition', now);
  attribute(lane.root, 'data-stream', stream.name);
  text(lane.state, stream.state.toLowerCase());
  attribute(lane.state, 'data-state', stream.state);
  text(lane.facts, [
    `window ${count(stream.window)}`,
    `${count(stream.valuesPut)} put`,
    stream.valuesDiscarded ? `${count(stream.valuesDiscarded)} discarded` : '',
    stream.otherSubscriptions ? `${stream.otherSubscriptions} more subscriptions` : '',
  ].filter(Boolean).join(' · '));
  remote(lane, stream.remote);
  headline(lane, stream, now);
  tick(lane, stream, 0);
  text(lane.rate, `${rate(stream.itemsPerSecond)} /s`);
  text(lane.blocked, `blocked ${percent(stream.blockedRatio)}`);
  keyed(lane.producerList, lane.producers, stream.producers, producer => `${producer.inputStream ?? ''}:${producer.name}`, createProducer,
    (card, producer) => updateProducer(card, producer, stream, session));
  keyed(lane.consumerList, lane.consumers, takers(stream), taker => taker.key,
    taker => taker.consumer ? createConsumer(taker.consumer) : createName(taker.place),
    (card, taker) => {
      if (taker.consumer) updateConsumer(card, taker.consumer, stream, session, taker.place);
      updatePlace(card, taker.place, stream);
    });
  lane.producerList.classList.toggle('none', stream.producers.length === 0);
  lane.producerList.classList.toggle('elsewhere', stream.remote?.isLeading === false);
  controls(lane, session, stream.state === 'Open' ? ['drain'] : [], stream.name, null);
}

function remote(lane, remote) {
  if (!remote) return;
  const part = remote.isLeading ? '▶ leads'
    : remote.isStandby ? '◌ stands by to lead'
    : remote.problems.length ? '▲ lacks a session' : '● takes part';
  const instance = remote.instance ?? 'a process without a name';
  const all = [`${part}, as `, instance, ...remote.problems.map(problem => `✖ No session for ${problem}`)];
  if (lane.part === all.join('\n')) return;
  lane.part = all.join('\n');
  const problems = all.slice(2).map(problem => element('span', { class: 'problem' }, problem));
  lane.remote.replaceChildren('Between processes: this one ', all[0], element('strong', {}, all[1]), ...problems);
}

function headline(lane, stream, now) {
  const parts = verdict(stream, now);
  const all = parts.join('');
  if (lane.said === all) return;
  lane.said = all;
  // The sign is decoration and not read out; words that belong to it are.
  const [sign, ...rest] = parts[0].split(' ');
  const mark = element('span', { class: 'sign', 'aria-hidden': 'true' }, `${sign} `);
  lane.headline.replaceChildren(mark, rest.join(' '), element('strong', {}, parts[1]), parts[2]);
}
