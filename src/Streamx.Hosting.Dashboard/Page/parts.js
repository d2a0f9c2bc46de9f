// What cards are made of: states, bars and counts.
import { attribute, element, text } from './dom.js';
import { count } from './format.js';

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

export function state(node, value, isStalled = false) {
  const [sign, word] = isStalled ? ['▲', 'stalled'] : STATES[value] ?? ['•', value];
  text(node, `${sign} ${word}`);
  attribute(node, 'data-state', isStalled ? 'Stalled' : value);
}

export function bar(label) {
  const value = element('span', { class: 'value' });
  const inner = element('span', { class: 'fill' });
  const meter = element('span', {
    class: 'track', role: 'meter', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': '0',
  }, inner);
  return { root: element('div', { class: 'bar' }, element('span', { class: 'label' }, label), value, meter), value, inner, meter };
}

export function fill(bar, ratio, label) {
  text(bar.value, label);
  const whole = Math.round(Math.min(1, ratio ?? 0) * 100);
  attribute(bar.meter, 'aria-valuenow', whole);
  attribute(bar.meter, 'aria-valuetext', label);
  bar.inner.style.inlineSize = `${whole}%`;
}

// Names of numbers, and the numbers.
export function numbers(facts) {
  const rows = Object.entries(facts).map(([name, node]) => element('div', {}, element('dt', {}, name), node));
  return element('dl', { class: 'numbers' }, ...rows);
}

export function counts(list, always = []) {
  return list.filter(([name, number]) => number > 0 || always.includes(name))
    .map(([name, number]) => `${count(number)} ${plural(name, number)}`).join(' · ');
}

function plural(name, number) {
  if (!['restart', 'fault', 'retry'].includes(name) || number === 1) return name;
  return name === 'retry' ? 'retries' : `${name}s`;
}

// Buttons are made anew only when the actions change, so that a focused button keeps the focus.
export function controls(owner, session, actions, stream, worker) {
  const wanted = session.canControl ? actions : [];
  const key = wanted.join();
  if (owner.actions === key) return;
  owner.actions = key;
  const hadFocus = owner.controls.contains(document.activeElement);
  owner.controls.replaceChildren(...wanted.map(action => session.button(action, stream, worker)));
  if (hadFocus) owner.controls.querySelector('button')?.focus();
}
