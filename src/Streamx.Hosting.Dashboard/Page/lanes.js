// The streams: a lane for each, from its producers through the stream to its consumers, and whom it waits for.
import { attribute, element, keyed, text } from './dom.js';
import { count, names, percent, rate, reason, seconds } from './format.js';
import { Charts } from './charts.js';
import { Edges } from './edges.js';
import { Failures } from './failures.js';
import { Folding } from './folding.js';

const ENDED = new Set(['Closed', 'Faulted']);

const STATES = {
  NotStarted: ['◌', 'not started'],
  Running: ['●', 'running'],
  Idle: ['○', 'idle'],
  Processing: ['●', 'processing'],
  OutputWait: ['◷', 'waits for its output'],
  RetryWait: ['↻', 'waits to retry'],
  RestartWait: ['↻', 'waits to restart'],
  Paused: ['❚❚', 'paused'],
  Detached: ['◌', 'detached'],
  Ended: ['■', 'ended'],
  Failed: ['✖', 'failed'],
};

// A put that has just come is no news.
const NOTABLE_WAIT = 0.2;

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
    keyed(this.#root, this.#lanes, downstream(frame.streams), stream => stream.name, stream => this.#create(stream), (lane, stream) => {
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

// Who takes from the stream: the consumers of this process, and the names that run in others, as far as it knows of them.
function takers(stream) {
  const places = new Map(stream.remote?.names.map(place => [place.name.toLowerCase(), place]));
  const here = stream.consumers.map(consumer => ({ key: consumer.name, consumer, place: places.get(consumer.name.toLowerCase()) }));
  for (const { key } of here) places.delete(key.toLowerCase());
  return [...here, ...[...places.values()].map(place => ({ key: `:${place.name}`, place }))];
}

const gone = stream => ENDED.has(stream.state) ? [] : (stream.remote?.names ?? []).filter(place => place.processes === 0).map(place => place.name);

// Who puts into others comes before them.
function downstream(streams) {
  const left = [...streams];
  const sorted = [];
  while (left.length > 0) {
    const next = left.findIndex(stream => stream.producers.every(producer => !left.some(other => other !== stream && other.name === producer.inputStream)));
    sorted.push(...left.splice(Math.max(0, next), 1));
  }
  return sorted;
}

const failing = stream => stream.consumers.filter(consumer => consumer.recentFailures > 0 || ['RetryWait', 'RestartWait'].includes(consumer.state));

const failed = stream => [...stream.consumers, ...stream.producers].filter(worker => worker.state === 'Failed').map(worker => worker.name);

// Consumers that have not finished what was accepted, the furthest behind first.
const unfinished = stream => stream.consumers
  .filter(consumer => consumer.mode !== 'Latest' && (consumer.lag > 0 || consumer.itemAgeSeconds !== null))
  .sort((one, other) => other.lag - one.lag || other.itemAgeSeconds - one.itemAgeSeconds);

// What is wrong comes before what is slow, and one headline says one thing.
export function condition(stream) {
  if (stream.state === 'Faulted') return 'faulted';
  if (stream.state === 'Closed') return 'ended';
  if (stream.state === 'Closing' || (stream.state === 'Open' && stream.drainSecondsLeft !== null)) return 'draining';
  if (stream.remote?.problems.length || gone(stream).length) return 'held';
  if (stream.consumers.some(consumer => consumer.isStalled)) return 'stalled';
  if (stream.heldBy || stream.oldestWaitSeconds >= NOTABLE_WAIT) return 'held';
  if (failing(stream).length) return 'failing';
  if (stream.consumers.some(consumer => consumer.state === 'Detached')) return 'detached';
  return stream.itemsPerSecond > 0 ? 'flowing' : 'idle';
}

function update(lane, stream, session) {
  const now = condition(stream);
  attribute(lane.root, 'data-condition', now);
  attribute(lane.root, 'data-stream', stream.name);
  text(lane.state, stream.state.toLowerCase());
  attribute(lane.state, 'data-state', stream.state);
  text(lane.facts, `window ${count(stream.window)} · ${count(stream.valuesPut)} put${stream.valuesDiscarded ? ` · ${count(stream.valuesDiscarded)} discarded` : ''}${stream.otherSubscriptions ? ` · ${stream.otherSubscriptions} more subscriptions` : ''}`);
  remote(lane, stream.remote);
  headline(lane, stream, now);
  tick(lane, stream, 0);
  text(lane.rate, `${rate(stream.itemsPerSecond)} /s`);
  text(lane.blocked, `blocked ${percent(stream.blockedRatio)}`);
  keyed(lane.producerList, lane.producers, stream.producers, producer => `${producer.inputStream ?? ''}:${producer.name}`, producer => createProducer(producer), (card, producer) => updateProducer(card, producer, stream, session));
  keyed(lane.consumerList, lane.consumers, takers(stream), taker => taker.key, taker => taker.consumer ? createConsumer(taker.consumer) : createName(taker.place), (card, taker) => {
    if (taker.consumer) updateConsumer(card, taker.consumer, stream, session, taker.place);
    updatePlace(card, taker.place, stream);
  });
  lane.producerList.classList.toggle('none', stream.producers.length === 0);
  lane.producerList.classList.toggle('elsewhere', stream.remote?.isLeading === false);
  controls(lane, session, stream.state === 'Open' ? ['drain'] : [], stream.name, null);
}

function remote(lane, remote) {
  if (!remote) return;
  const part = remote.isLeading ? '▶ leads' : remote.isStandby ? '◌ stands by to lead' : remote.problems.length ? '▲ lacks a session' : '● takes part';
  const all = [`${part}, as `, remote.instance ?? 'a process without a name', ...remote.problems.map(problem => `✖ No session for ${problem}`)];
  if (lane.part === all.join('\n')) return;
  lane.part = all.join('\n');
  lane.remote.replaceChildren('Between processes: this one ', all[0], element('strong', {}, all[1]), ...all.slice(2).map(problem => element('span', { class: 'problem' }, problem)));
}

// The end of the chain behind a consumer that a stream waits for, if that only waits itself.
function end(stream, first) {
  const { holder } = stream;
  return holder && holder.through[0] === first ? holder : null;
}

const whole = (stream, first) => {
  const holder = end(stream, first);
  return holder ? `${holder.consumer} of ${holder.stream}` : first;
};

// Producers that a stop waits for.
const producing = stream => stream.producers.filter(producer => !['Ended', 'Failed', 'NotStarted', 'Detached'].includes(producer.state));

// A sign, who it is about, and what is said of them.
export function verdict(stream, now) {
  const holder = stream.heldBy ?? (stream.oldestWaitSeconds >= NOTABLE_WAIT && stream.waitingFor.length === 1 ? stream.waitingFor[0] : null);
  const stalled = stream.consumers.find(consumer => consumer.isStalled);
  const absent = gone(stream);
  const detached = stream.consumers.filter(consumer => consumer.state === 'Detached').map(consumer => consumer.name);
  return now === 'faulted' ? ['✖ ', names(failed(stream)), failed(stream).length ? ' failed. The stream has faulted.' : 'The stream has faulted.']
    : now === 'draining' && stream.state === 'Open' ? ['▼ Stopping: ', names(producing(stream).map(producer => producer.name)), producing(stream).length === 0 ? 'application code may still put.' : producing(stream).length > 1 ? ' have not returned.' : ' has not returned.']
    : now === 'draining' ? ['▼ Draining: ', names(unfinished(stream).map(consumer => consumer.name)), unfinished(stream).length ? ' still at work.' : 'everything accepted is finished.']
    : now === 'ended' ? ['■ ', '', 'The stream has ended.']
    : stream.remote?.problems.length ? ['▲ ', '', 'No session with the other processes.']
    : absent.length ? ['▲ ', names(absent), absent.length > 1 ? ' have no live process.' : ' has no live process.']
    : now === 'stalled' ? ['▲ ', stalled.name, ' is stalled: it does not finish its value.']
    : end(stream, holder) ? ['▶ ', whole(stream, holder), ` holds this stream, through ${names(stream.holder.through)}.`]
    : holder ? ['▶ ', holder, ' holds this stream.']
    : now === 'held' ? ['▶ ', names(stream.waitingFor) || 'Nobody', stream.waitingFor.length ? ' hold this stream.' : ' is there to take what is put.']
    : now === 'failing' ? ['! ', names(failing(stream).map(consumer => consumer.name)), failing(stream).length > 1 ? ' fail on values.' : ' fails on values.']
    : now === 'detached' ? ['⊘ ', names(detached), detached.length > 1 ? ' are detached: they get no values.' : ' is detached: it gets no values.']
    : stream.remote?.isStandby ? ['◌ ', '', 'Stands by: another process leads.']
    : now === 'flowing' ? ['✔ ', '', 'Flowing: puts hardly wait.']
    : ['○ ', '', 'Idle: nothing is put.'];
}

function headline(lane, stream, now) {
  const parts = verdict(stream, now);
  const all = parts.join('');
  if (lane.said === all) return;
  lane.said = all;
  // The sign is decoration for those who see it; words that belong to it are read out.
  const [sign, ...rest] = parts[0].split(' ');
  lane.headline.replaceChildren(element('span', { class: 'sign', 'aria-hidden': 'true' }, `${sign} `), rest.join(' '), element('strong', {}, parts[1]), parts[2]);
}

function tick(lane, stream, since) {
  if (!lane) return;
  const held = (stream.remote?.isLeading ? stream.remote.names : stream.consumers).find(one => one.name === stream.heldBy);
  const age = stream.oldestWaitSeconds;
  const waits = age !== null && age >= NOTABLE_WAIT && !ENDED.has(stream.state);
  const left = stream.drainSecondsLeft;
  const now = condition(stream);
  const shown = now === 'draining' ? deadline(stream, since, left)
    : waits ? [`put waiting ${(age + Math.min(since, 1.5)).toFixed(1)} s for `, names(stream.waitingFor.map(name => whole(stream, name))) || 'its turn']
    : now === 'faulted' ? why(stream) ?? unfinished(stream).slice(0, 1).flatMap(consumer => ['', consumer.name, behind(consumer, since)])
    : held ? ['puts waited for ', whole(stream, held.name), ` ${percent(held.gatingRatio)} of the last five seconds`]
    : now === 'detached' ? detachment(stream)
    : stream.consumers.filter(consumer => consumer.recentFailures > 0).slice(0, 1).flatMap(consumer => ['', consumer.name, ` failed ${times(consumer.recentFailures)} in the last minute${consumer.lastFailure ? `, last with ${reason(consumer.lastFailure)}` : ''}`]);
  const all = shown.join('');
  if (lane.ticked !== all) {
    lane.ticked = all;
    lane.ticker.replaceChildren(...shown.map((part, index) => index % 2 === 1 ? element('strong', {}, part) : part));
  }
  text(lane.waiting, age === null ? '' : `${count(stream.putsWaiting)} waiting, oldest ${seconds(age >= 1 ? age + Math.min(since, 1.5) : age)}`);
  for (const producer of stream.producers) {
    const card = lane.producers.get(`${producer.inputStream ?? ''}:${producer.name}`);
    if (card && producer.state === 'Running' && producer.waitingSeconds >= NOTABLE_WAIT) text(card.state, `↦ waiting ${seconds(producer.waitingSeconds + Math.min(since, 1.5))} in its put`);
  }
  for (const consumer of stream.consumers) {
    const card = lane.consumers.get(consumer.name);
    if (card && consumer.itemAgeSeconds >= 1) text(card.facts.age, seconds(consumer.itemAgeSeconds + Math.min(since, 1.5)));
  }
}

const times = number => number === 1 ? 'once' : `${count(number)} times`;

// Who holds a stop up, and how long the host still waits.
function deadline(stream, since, left) {
  const [slowest] = unfinished(stream);
  const rest = left === null ? '' : left > since ? `aborted in ${Math.ceil(left - since)} s` : 'aborted now';
  if (!slowest) return rest ? ['', rest] : [];
  return ['', slowest.name, `${behind(slowest, since)}${rest ? ' · ' : ''}`, rest];
}

// What a faulted stream failed with.
function why(stream) {
  const worker = [...stream.consumers, ...stream.producers].find(worker => worker.state === 'Failed' && worker.lastFailure);
  return worker ? ['', worker.name, ` failed with ${reason(worker.lastFailure)}`] : null;
}

function detachment(stream) {
  const { name, detachCause, lastFailure } = stream.consumers.find(consumer => consumer.state === 'Detached');
  const happened = {
    Operator: 'was detached by an operator',
    Failure: `was detached when it failed${lastFailure ? ` with ${reason(lastFailure)}` : ''}`,
    Stall: 'was detached when it stalled',
    Returned: 'returned before the end of the stream',
  }[detachCause];
  return happened ? ['', name, ` ${happened}`] : [];
}

const behind = (consumer, since) =>
  ` has ${consumer.lag === 1 ? 'one value' : `${count(consumer.lag)} values`} to finish${consumer.itemAgeSeconds === null ? '' : `, one of them in hand for ${seconds(consumer.itemAgeSeconds + Math.min(since, 1.5))}`}`;

function state(node, value) {
  const [sign, word] = STATES[value] ?? ['•', value];
  text(node, `${sign} ${word}`);
  attribute(node, 'data-state', value);
}

function createProducer(producer) {
  const card = { rate: element('span', { class: 'rate' }), failures: new Failures(), state: element('span', { class: 'state' }), counts: element('span', { class: 'counts' }), controls: element('span', { class: 'controls' }) };
  const from = producer.inputStream ? element('a', { href: `#stream-${producer.inputStream}`, class: 'link' }, `from ${producer.inputStream}`) : '';
  card.root = element('li', { class: producer.inputStream ? 'card processor' : 'card' }, element('div', { class: 'name' }, element('strong', {}, producer.name), card.state, card.rate), from, card.counts, card.failures.last, card.controls);
  return card;
}

function updateProducer(card, producer, stream, session) {
  // One whose put waits does not run: how long it waits is written between the frames, too.
  if (producer.state === 'Running' && producer.waitingSeconds >= NOTABLE_WAIT) attribute(card.state, 'data-state', 'Waiting');
  else state(card.state, producer.state);
  text(card.rate, producer.itemsPerSecond === null ? '' : `${rate(producer.itemsPerSecond)} /s`);
  card.failures.show(producer.inputStream ? null : producer.lastFailure);
  text(card.counts, counts([['restart', producer.restarts], ['fault', producer.faults]]));
  const actions = producer.inputStream || ENDED.has(stream.state) ? [] : producer.state === 'Paused' ? ['resume'] : producer.state === 'Running' ? ['pause'] : [];
  controls(card, session, actions, stream.name, producer.name);
}

function createConsumer(consumer) {
  const card = {
    state: element('span', { class: 'state' }),
    tag: tag(),
    where: where(),
    busy: bar('Busy'),
    gating: bar('Puts waited for it'),
    counts: element('span', { class: 'counts' }),
    controls: element('span', { class: 'controls' }),
    failures: new Failures(),
    facts: { age: element('dd'), p95: element('dd'), lag: element('dd'), finished: element('dd') },
  };
  const facts = element('dl', { class: 'numbers' });
  for (const [name, node] of [['age', card.facts.age], ['p95', card.facts.p95], ['lag', card.facts.lag], ['finished', card.facts.finished]])
    facts.append(element('div', {}, element('dt', {}, name), node));
  const kind = consumer.kind === 'Processor' ? element('a', { href: `#stream-${consumer.outputStream}`, class: 'link' }, `into ${consumer.outputStream}`)
    : consumer.kind === 'Subscription' ? element('span', { class: 'kind' }, 'subscribed by code') : '';
  const latest = consumer.mode === 'Latest' ? element('span', { class: 'kind' }, 'latest only: never waited for') : '';
  card.root = element('li', { class: 'card consumer' },
    element('div', { class: 'name' }, element('strong', {}, consumer.name), card.state, card.tag), card.where, kind, latest,
    card.busy.root, card.gating.root, facts, card.counts, card.failures.last, card.failures.values, card.controls);
  return card;
}

// Where this process leads, puts wait for names; a consumer of its own holds up what comes to it.
function hold(card, one, stream) {
  const isHolder = one.name === stream.heldBy || (one.isGating && stream.oldestWaitSeconds >= NOTABLE_WAIT);
  attribute(card.root, 'data-holds', isHolder ? 'true' : null);
  card.tag.hidden = !isHolder;
  text(card.tag, end(stream, one.name) ? `◷ waits for ${whole(stream, one.name)}` : '▶ holds the stream');
}

function updateConsumer(card, consumer, stream, session, place) {
  hold(card, stream.remote?.isLeading && place ? place : consumer, stream);
  attribute(card.root, 'data-off', consumer.state === 'Detached' ? 'true' : null);
  if (consumer.isStalled) {
    text(card.state, '▲ stalled');
    attribute(card.state, 'data-state', 'Stalled');
  } else {
    state(card.state, consumer.state);
  }
  fill(card.busy, consumer.busyRatio, `${percent(consumer.busyRatio)}${consumer.outputWaitRatio >= 0.01 ? ` · waits ${percent(consumer.outputWaitRatio)}` : ''}`);
  const share = consumer.gatingShare !== null && consumer.gatingRatio >= 0.01 ? ` · ${percent(consumer.gatingShare)} of all waiting` : '';
  fill(card.gating, consumer.gatingRatio, `${percent(consumer.gatingRatio)}${share}`);
  if (!(consumer.itemAgeSeconds >= 1)) text(card.facts.age, seconds(consumer.itemAgeSeconds));
  text(card.facts.p95, seconds(consumer.handlingP95Seconds));
  text(card.facts.lag, count(consumer.lag));
  text(card.facts.finished, count(consumer.finished));
  text(card.counts, counts([['retry', consumer.retries], ['restart', consumer.restarts], ['fault', consumer.faults], ['skipped', consumer.skipped], ['dead-lettered', consumer.deadLettered], ['overtaken', consumer.overtaken]], ['retry', 'fault']));
  card.failures.show(consumer.lastFailure, consumer.failedValues);
  const canChange = stream.state === 'Open' && consumer.kind !== 'Subscription';
  controls(card, session, !canChange ? [] : consumer.state === 'Detached' ? ['attach'] : ['Failed', 'Ended', 'NotStarted'].includes(consumer.state) ? [] : ['detach'], stream.name, consumer.name);
}

const where = () => element('span', { class: 'where' });
const tag = () => element('span', { class: 'tag' }, '▶ holds the stream');

// A name that this process has no consumer of: how it works is known where it runs.
function createName(place) {
  const card = { tag: tag(), where: where(), gating: bar('Puts waited for it'), lag: element('dd') };
  card.root = element('li', { class: 'card consumer name-only' },
    element('div', { class: 'name' }, element('strong', {}, place.name), card.tag), card.where, card.gating.root,
    element('dl', { class: 'numbers' }, element('div', {}, element('dt', {}, 'lag'), card.lag)));
  return card;
}

function updatePlace(card, place, stream) {
  card.where.hidden = !place;
  if (!place) return;
  const { instance, standbys, processes } = place;
  const [state, runs] =
    processes === 0 ? ['Gone', '✖ no live process']
    : instance !== null ? ['Runs', instance === stream.remote.instance ? '● runs here' : `● runs in ${instance}`]
    : processes !== null ? ['Runs', '● runs, not known where']
    : stream.remote.isLeading ? ['Unknown', '◌ not seen yet']
    : ['Unknown', '◌ stands by here, or nothing has come yet'];
  text(card.where, standbys.length ? `${runs} · ◌ standing by: ${names(standbys)}` : runs);
  attribute(card.where, 'data-state', state);
  if (!card.lag) return;
  hold(card, place, stream);
  fill(card.gating, place.gatingRatio, percent(place.gatingRatio));
  text(card.lag, place.lag === null ? '–' : count(place.lag));
  attribute(card.root, 'data-off', processes === 0 ? 'true' : null);
}

function bar(label) {
  const value = element('span', { class: 'value' });
  const inner = element('span', { class: 'fill' });
  const meter = element('span', { class: 'track', role: 'meter', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': '0' }, inner);
  return { root: element('div', { class: 'bar' }, element('span', { class: 'label' }, label), value, meter), value, inner, meter };
}

function fill(bar, ratio, label) {
  text(bar.value, label);
  const whole = Math.round(Math.min(1, ratio ?? 0) * 100);
  attribute(bar.meter, 'aria-valuenow', whole);
  attribute(bar.meter, 'aria-valuetext', label);
  bar.inner.style.inlineSize = `${whole}%`;
}

function counts(list, always = []) {
  return list.filter(([name, number]) => number > 0 || always.includes(name)).map(([name, number]) => `${count(number)} ${plural(name, number)}`).join(' · ');
}

function plural(name, number) {
  if (!['restart', 'fault', 'retry'].includes(name) || number === 1) return name;
  return name === 'retry' ? 'retries' : `${name}s`;
}

// Buttons are made anew only when there are others: who has one in focus keeps it.
function controls(owner, session, actions, stream, worker) {
  const wanted = session.canControl ? actions : [];
  const key = wanted.join();
  if (owner.actions === key) return;
  owner.actions = key;
  const hadFocus = owner.controls.contains(document.activeElement);
  owner.controls.replaceChildren(...wanted.map(action => session.button(action, stream, worker)));
  if (hadFocus) owner.controls.querySelector('button')?.focus();
}
