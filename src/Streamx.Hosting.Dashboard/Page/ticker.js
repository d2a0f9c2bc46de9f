// What goes on between two frames: how long a put has waited, what holds a stop up, why a stream failed.
import { element, text } from './dom.js';
import { count, names, percent, reason, seconds } from './format.js';
import { condition, ENDED, isFailing, NOTABLE_WAIT, unfinished, whole } from './verdict.js';

// A wait is taken to go on for so long after the last frame, in seconds.
const BEYOND = 1.5;

// since: how long ago the frame came, in seconds.
export function tick(lane, stream, since) {
  if (!lane) return;
  const gone = Math.min(since, BEYOND);
  show(lane, sentence(stream, since, gone));
  const age = stream.oldestWaitSeconds;
  text(lane.waiting, age === null ? '' : `${count(stream.putsWaiting)} waiting, oldest ${seconds(age >= 1 ? age + gone : age)}`);
  for (const producer of stream.producers) {
    const card = lane.producers.get(`${producer.inputStream ?? ''}:${producer.name}`);
    if (card && producer.state === 'Running' && producer.waitingSeconds >= NOTABLE_WAIT)
      text(card.state, `↦ waiting ${seconds(producer.waitingSeconds + gone)} in its put`);
  }
  for (const consumer of stream.consumers) {
    const card = lane.consumers.get(consumer.name);
    if (card && consumer.itemAgeSeconds >= 1) text(card.facts.age, seconds(consumer.itemAgeSeconds + gone));
  }
}

// Parts of which every second is a name.
function sentence(stream, since, gone) {
  const now = condition(stream);
  if (now === 'draining') return deadline(stream, since, stream.drainSecondsLeft);
  const age = stream.oldestWaitSeconds;
  if (age !== null && age >= NOTABLE_WAIT && !ENDED.has(stream.state))
    return [`put waiting ${waited(age + gone)} for `, names(stream.waitingFor.map(name => whole(stream, name))) || 'its turn'];
  if (now === 'faulted') return faulted(why(stream), unfinished(stream).length ? deadline(stream, since, stream.drainSecondsLeft) : null);
  const held = (stream.remote?.isLeading ? stream.remote.names : stream.consumers).find(one => one.name === stream.heldBy);
  if (held) return ['puts waited for ', whole(stream, held.name), ` ${percent(held.gatingRatio)} of the last five seconds`];
  return now === 'detached' ? detachment(stream) : failures(stream);
}

function show(lane, parts) {
  const all = parts.join('');
  if (lane.ticked === all) return;
  lane.ticked = all;
  lane.ticker.replaceChildren(...parts.map((part, index) => index % 2 === 1 ? element('strong', {}, part) : part));
}

// The consumer that delays a stop, and how long the host still waits.
function deadline(stream, since, left) {
  const [slowest] = unfinished(stream);
  const rest = left === null ? '' : left > since ? `aborted in ${Math.ceil(left - since)} s` : 'aborted now';
  if (!slowest) return rest ? ['', rest] : [];
  return ['', slowest.name, `${behind(slowest, since)}${rest ? ' · ' : ''}`, rest];
}

// Why, and then the consumer that delays the stop after the fault.
function faulted(cause, rest) {
  if (!cause || !rest) return cause ?? rest ?? [];
  const [start, worker, reason] = cause;
  return [start, worker, `${reason} · `, ...rest.slice(1)];
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

function failures(stream) {
  const consumer = stream.consumers.find(consumer => isFailing(consumer) && consumer.recentFailures > 0);
  if (!consumer) return [];
  const last = consumer.lastFailure ? `, last with ${reason(consumer.lastFailure)}` : '';
  return ['', consumer.name, ` failed ${times(consumer.recentFailures)} in the last minute${last}`];
}

// With as many digits below a second as above, so that it does not jump.
const waited = value => value < 120 ? `${value.toFixed(1)} s` : seconds(value);

const times = number => number === 1 ? 'once' : `${count(number)} times`;

function behind(consumer, since) {
  const values = consumer.lag === 1 ? 'one value' : `${count(consumer.lag)} values`;
  if (consumer.itemAgeSeconds === null) return ` has ${values} to finish`;
  return ` has ${values} to finish, one of them in hand for ${seconds(consumer.itemAgeSeconds + Math.min(since, BEYOND))}`;
}
