// The condition of a stream, the consumer that holds it, and the headline.
import { names } from './format.js';

export const ENDED = new Set(['Closed', 'Faulted']);

// A put that has just come is no news.
export const NOTABLE_WAIT = 0.2;

// The registered consumers of a stream between processes that no process runs.
const gone = stream => ENDED.has(stream.state) ? []
  : (stream.remote?.names ?? []).filter(place => place.processes === 0).map(place => place.name);

const OVER = ['Detached', 'Failed', 'Ended'];

// A consumer that is still in the stream, and has failed in the last minute.
export const isFailing = consumer => !OVER.includes(consumer.state)
  && (consumer.recentFailures > 0 || ['RetryWait', 'RestartWait'].includes(consumer.state));

const failing = stream => stream.consumers.filter(isFailing);

const failed = stream => [...stream.consumers, ...stream.producers].filter(worker => worker.state === 'Failed').map(worker => worker.name);

// Here, or in the process that reports it.
export const stalled = stream => [...new Set([
  ...stream.consumers.filter(consumer => consumer.isStalled).map(consumer => consumer.name),
  ...(stream.remote?.names ?? []).filter(place => place.report?.isStalled).map(place => place.name),
])];

// Producers that a stop waits for.
const producing = stream => stream.producers.filter(producer => !['Ended', 'Failed', 'NotStarted', 'Detached'].includes(producer.state));

// Consumers that have not finished what was accepted, the furthest behind first.
export const unfinished = stream => stream.consumers
  .filter(consumer => consumer.mode !== 'Latest' && !OVER.includes(consumer.state))
  .filter(consumer => consumer.lag > 0 || consumer.itemAgeSeconds !== null)
  .sort((one, other) => other.lag - one.lag || other.itemAgeSeconds - one.itemAgeSeconds);

// The end of the chain behind a consumer that a stream waits for, if that only waits itself.
export function end(stream, first) {
  const { holder } = stream;
  return holder && holder.through[0] === first ? holder : null;
}

export function whole(stream, first) {
  const holder = end(stream, first);
  return holder ? `${holder.consumer} of ${holder.stream}` : first;
}

// What is wrong comes before what is slow, and one headline says one thing.
export function condition(stream) {
  if (stream.state === 'Faulted') return 'faulted';
  if (stream.state === 'Closed') return 'ended';
  if (stream.state === 'Closing' || (stream.state === 'Open' && stream.drainSecondsLeft !== null)) return 'draining';
  if (stream.remote?.problems.length || gone(stream).length) return 'held';
  if (stalled(stream).length) return 'stalled';
  if (stream.heldBy || stream.oldestWaitSeconds >= NOTABLE_WAIT) return 'held';
  if (failing(stream).length) return 'failing';
  if (stream.consumers.some(consumer => consumer.state === 'Detached')) return 'detached';
  return stream.itemsPerSecond > 0 ? 'flowing' : 'idle';
}

// A sign, the workers that it concerns, and the rest of the sentence.
export function verdict(stream, now) {
  switch (now) {
    case 'faulted':
      return ['✖ ', names(failed(stream)), failed(stream).length ? ' failed. The stream has faulted.' : 'The stream has faulted.'];
    case 'draining':
      return stream.state === 'Open' ? stopping(producing(stream).map(producer => producer.name)) : draining(unfinished(stream));
    case 'ended':
      return ['■ ', '', 'The stream has ended.'];
    case 'stalled':
      return ['▲ ', ...about(stalled(stream), ' is stalled: it does not finish its value.', ' are stalled: they finish no value.')];
    case 'held':
      return also(held(stream), failing(stream).map(consumer => consumer.name));
    case 'failing':
      return ['! ', ...about(failing(stream).map(consumer => consumer.name), ' fails on values.', ' fail on values.')];
    case 'detached': {
      const detached = stream.consumers.filter(consumer => consumer.state === 'Detached').map(consumer => consumer.name);
      return ['⊘ ', ...about(detached, ' is detached: it gets no values.', ' are detached: they get no values.')];
    }
    default:
      if (stream.remote?.isStandby) return ['◌ ', '', 'Stands by: another process leads.'];
      return now === 'flowing' ? ['✔ ', '', 'Flowing: puts hardly wait.'] : ['○ ', '', 'Idle: nothing is put.'];
  }
}

const about = (workers, one, several) => [names(workers), workers.length > 1 ? several : one];

// A consumer that fails on values may hold the stream for that reason.
function also([sign, holder, rest], failing) {
  if (failing.length === 0) return [sign, holder, rest];
  const fails = failing.join() === holder ? ' It fails on values.' : ` ${about(failing, ' fails on values.', ' fail on values.').join('')}`;
  return [sign, holder, `${rest}${fails}`];
}

function stopping(producers) {
  if (producers.length === 0) return ['▼ Stopping: ', '', 'application code may still put.'];
  return ['▼ Stopping: ', ...about(producers, ' has not returned.', ' have not returned.')];
}

function draining(consumers) {
  const rest = consumers.length ? ' still at work.' : 'everything accepted is finished.';
  return ['▼ Draining: ', names(consumers.map(consumer => consumer.name)), rest];
}

function held(stream) {
  if (stream.remote?.problems.length) return ['▲ ', '', 'No session with the other processes.'];
  if (gone(stream).length) return ['▲ ', ...about(gone(stream), ' has no live process.', ' have no live process.')];
  const waits = stream.oldestWaitSeconds >= NOTABLE_WAIT;
  const holder = stream.heldBy ?? (waits && stream.waitingFor.length === 1 ? stream.waitingFor[0] : null);
  if (end(stream, holder)) return ['▶ ', whole(stream, holder), ` holds this stream, through ${names(stream.holder.through)}.`];
  if (holder) return ['▶ ', holder, ' holds this stream.'];
  if (stream.waitingFor.length) return ['▶ ', names(stream.waitingFor), ' hold this stream.'];
  return ['▶ ', '', 'No consumer takes what is put.'];
}
