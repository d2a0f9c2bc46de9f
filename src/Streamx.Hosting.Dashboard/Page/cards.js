// A card for each producer and each consumer of a stream, and for each consumer that runs in another process.
import { attribute, element, text } from './dom.js';
import { count, names, percent, rate, seconds } from './format.js';
import { Failures, trace } from './failures.js';
import { bar, controls, counts, fill, numbers, state } from './parts.js';
import { end, ENDED, isFailing, NOTABLE_WAIT, whole } from './verdict.js';

export function createProducer(producer) {
  const card = {
    rate: element('span', { class: 'rate' }),
    failures: new Failures(),
    state: element('span', { class: 'state' }),
    counts: element('span', { class: 'counts' }),
    controls: element('span', { class: 'controls' }),
  };
  const { inputStream } = producer;
  const from = inputStream ? element('a', { href: `#stream-${inputStream}`, class: 'link' }, `from ${inputStream}`) : '';
  card.root = element('li', { class: inputStream ? 'card processor' : 'card' },
    element('div', { class: 'name' }, element('strong', {}, producer.name), card.state, card.rate),
    from, card.counts, card.failures.last, card.controls);
  return card;
}

export function updateProducer(card, producer, stream, session) {
  // One whose put waits does not run: how long it waits is written between the frames, too.
  if (producer.state === 'Running' && producer.waitingSeconds >= NOTABLE_WAIT) attribute(card.state, 'data-state', 'Waiting');
  else state(card.state, producer.state);
  text(card.rate, producer.itemsPerSecond === null ? '' : `${rate(producer.itemsPerSecond)} /s`);
  card.failures.show(session, producer.inputStream ? null : producer.lastFailure);
  text(card.counts, counts([['restart', producer.restarts], ['fault', producer.faults]]));
  const action = { Paused: 'resume', Running: 'pause' }[producer.state];
  controls(card, session, producer.inputStream || ENDED.has(stream.state) || !action ? [] : [action], stream.name, producer.name);
}

export function createConsumer(consumer) {
  const card = {
    state: element('span', { class: 'state' }),
    tag: tag(),
    where: where(),
    busy: bar('Busy'),
    gating: bar('Puts waited for it'),
    counts: element('span', { class: 'counts' }),
    controls: element('span', { class: 'controls' }),
    failures: new Failures(),
    slowest: element('p', { class: 'slowest' }),
    facts: { age: element('dd'), p95: element('dd'), lag: element('dd'), finished: element('dd') },
  };
  const { outputStream } = consumer;
  const kind = consumer.kind === 'Processor' ? element('a', { href: `#stream-${outputStream}`, class: 'link' }, `into ${outputStream}`)
    : consumer.kind === 'Subscription' ? element('span', { class: 'kind' }, 'subscribed by code') : '';
  const latest = consumer.mode === 'Latest' ? element('span', { class: 'kind' }, 'latest only: never waited for') : '';
  card.root = element('li', { class: 'card consumer' },
    element('div', { class: 'name' }, element('strong', {}, consumer.name), card.state, card.tag), card.where, kind, latest,
    card.busy.root, card.gating.root, numbers(card.facts), card.counts, card.slowest,
    card.failures.last, card.failures.values, card.controls);
  return card;
}

export function updateConsumer(card, consumer, stream, session, place) {
  hold(card, stream.remote?.isLeading && place ? place : consumer, stream);
  attribute(card.root, 'data-off', consumer.state === 'Detached' ? 'true' : null);
  attribute(card.root, 'data-failing', isFailing(consumer) ? 'true' : null);
  state(card.state, consumer.state, consumer.isStalled);
  const waits = consumer.outputWaitRatio >= 0.01 ? ` · waits ${percent(consumer.outputWaitRatio)}` : '';
  fill(card.busy, consumer.busyRatio, `${percent(consumer.busyRatio)}${slots(consumer)}${waits}`);
  const share = consumer.gatingShare !== null && consumer.gatingRatio >= 0.01 ? ` · ${percent(consumer.gatingShare)} of all waiting` : '';
  fill(card.gating, consumer.gatingRatio, `${percent(consumer.gatingRatio)}${share}`);
  if (!(consumer.itemAgeSeconds >= 1)) text(card.facts.age, seconds(consumer.itemAgeSeconds));
  text(card.facts.p95, seconds(consumer.handlingP95Seconds));
  text(card.facts.lag, count(consumer.lag));
  text(card.facts.finished, count(consumer.finished));
  text(card.counts, counts([
    ['retry', consumer.retries], ['restart', consumer.restarts], ['fault', consumer.faults],
    ['skipped', consumer.skipped], ['dead-lettered', consumer.deadLettered], ['overtaken', consumer.overtaken],
  ], ['retry', 'fault']));
  showSlowest(card, consumer.slowest, session);
  card.failures.show(session, consumer.lastFailure, consumer.failedValues);
  const canChange = stream.state === 'Open' && consumer.kind !== 'Subscription'
    && !['Failed', 'Ended', 'NotStarted'].includes(consumer.state);
  controls(card, session, !canChange ? [] : consumer.state === 'Detached' ? ['attach'] : ['detach'], stream.name, consumer.name);
}

// How many of its slots are busy, and how many values wait for their key.
function slots({ concurrency, slotsBusy, valuesWaitingForKey }) {
  if (concurrency === 1) return '';
  return ` · ${slotsBusy} of ${concurrency} busy${valuesWaitingForKey ? ` · ${count(valuesWaitingForKey)} wait for their key` : ''}`;
}

// Where the time of its slowest value went is in the value's trace.
function showSlowest(card, slowest, session) {
  card.slowest.hidden = !slowest;
  const key = slowest ? `${session.traceUrl} ${slowest.seconds} ${slowest.traceId}` : '';
  if (card.slowestShown === key) return;
  card.slowestShown = key;
  const parts = slowest ? [`slowest of the last minute ${seconds(slowest.seconds)}`, ...trace(session, slowest.traceId)] : [];
  card.slowest.replaceChildren(...parts);
}

// A consumer that this process has none of: how it works is known as its own process reports it.
export function createName(place) {
  const card = {
    state: element('span', { class: 'state' }),
    tag: tag(),
    where: where(),
    busy: bar('Busy'),
    gating: bar('Puts waited for it'),
    facts: { age: element('dd'), lag: element('dd') },
    isElsewhere: true,
  };
  card.root = element('li', { class: 'card consumer name-only' },
    element('div', { class: 'name' }, element('strong', {}, place.name), card.state, card.tag),
    card.where, card.busy.root, card.gating.root, numbers(card.facts));
  return card;
}

export function updatePlace(card, place, stream) {
  card.where.hidden = !place;
  if (!place) return;
  const { report } = place;
  const [kind, runs] = runsIn(place, stream.remote);
  // A consumer of this process that stands by: the other one says how it works there.
  const there = report && !card.isElsewhere ? ` · busy ${percent(report.busyRatio)} there${report.isStalled ? ', ▲ stalled' : ''}` : '';
  text(card.where, `${runs}${place.standbys.length ? ` · ◌ standing by: ${names(place.standbys)}` : ''}${there}`);
  attribute(card.where, 'data-state', kind);
  if (!card.isElsewhere) return;
  hold(card, place, stream);
  card.state.hidden = card.busy.root.hidden = card.facts.age.parentElement.hidden = !report;
  if (report) {
    state(card.state, report.state, report.isStalled);
    fill(card.busy, report.busyRatio, percent(report.busyRatio));
    text(card.facts.age, seconds(report.itemAgeSeconds));
  }
  // How long puts waited is known where they do.
  card.gating.root.hidden = !stream.remote.isLeading;
  fill(card.gating, place.gatingRatio, percent(place.gatingRatio));
  text(card.facts.lag, place.lag === null ? '–' : count(place.lag));
  attribute(card.root, 'data-off', place.processes === 0 ? 'true' : null);
}

function runsIn({ instance, processes }, remote) {
  if (processes === 0) return ['Gone', '✖ no live process'];
  if (instance !== null) return ['Runs', instance === remote.instance ? '● runs here' : `● runs in ${instance}`];
  if (processes !== null) return ['Runs', '● runs, not known where'];
  return ['Unknown', remote.isLeading ? '◌ not seen yet' : '◌ stands by here, or nothing has come yet'];
}

// Where this process leads, puts wait for names; a consumer of its own holds up what comes to it. Of others the leader only reports whether
// a put waits for them at the moment.
function hold(card, one, stream) {
  const isHolder = !ENDED.has(stream.state)
    && (one.name === stream.heldBy || (one.isGating && stream.oldestWaitSeconds >= NOTABLE_WAIT));
  attribute(card.root, 'data-holds', isHolder ? 'true' : null);
  card.tag.hidden = !isHolder && !(one.isGating && card.isElsewhere && !stream.remote.isLeading);
  text(card.tag, !isHolder ? '◷ a put waits for it'
    : end(stream, one.name) ? `◷ waits for ${whole(stream, one.name)}` : '▶ holds the stream');
}

const where = () => element('span', { class: 'where' });
const tag = () => element('span', { class: 'tag' }, '▶ holds the stream');
