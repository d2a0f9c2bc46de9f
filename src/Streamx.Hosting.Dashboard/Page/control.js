// What the reader may do to a running host, if the server allows it: buttons, a confirmation for what loses values, and the request.
import { element } from './dom.js';

const CONFIRM = {
  detach: (stream, worker) => [
    `Detach ${worker}?`,
    `What ${worker} has in hand is abandoned, and it never sees what is put into ${stream} until it is attached again.`,
  ],
  drain: stream => [
    `Drain ${stream}?`,
    `Its producers are told to stop, and the stream ends for good once everything accepted is finished.`,
  ],
};

const LABELS = { pause: 'Pause', resume: 'Resume', detach: 'Detach', attach: 'Attach', drain: 'Drain' };

export class Session {
  canControl = false;
  traceUrl = null;
  #antiforgery = null;

  async refresh() {
    try {
      const answer = await fetch('api/session', { credentials: 'same-origin' });
      if (!answer.ok) return;
      const session = await answer.json();
      this.canControl = session.canControl;
      this.#antiforgery = session.antiforgery;
      this.traceUrl = session.traceUrl;
    } catch {
      // The connection is gone, which is shown already; the next one asks again.
    }
  }

  // Where a trace is found; null where the application has not said so.
  traceOf(id) {
    return this.traceUrl && /^[0-9a-f]{32}$/.test(id) ? this.traceUrl.replaceAll('{traceId}', id) : null;
  }

  // A button, and beside it what came of it.
  button(action, stream, worker) {
    const button = element('button', { type: 'button', class: 'control', 'data-action': action }, LABELS[action]);
    button.setAttribute('aria-label', `${LABELS[action]} ${worker ?? stream}`);
    button.addEventListener('click', async () => {
      if (CONFIRM[action] && !await confirmed(action, stream, worker)) return;
      button.disabled = true;
      const error = await this.#send(action, stream, worker);
      button.disabled = false;
      const outcome = button.closest('.lane')?.querySelector('.outcome');
      if (outcome) outcome.textContent = error ?? '';
    });
    return button;
  }

  async #send(action, stream, worker, isRetry = false) {
    try {
      const answer = await fetch('api/control', {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', 'X-Streamx-Antiforgery': this.#antiforgery ?? '' },
        body: JSON.stringify({ action, stream, worker: worker ?? null, confirmed: action in CONFIRM }),
      });
      if (answer.ok) return null;
      if (answer.status === 403 && !isRetry) {
        // The token is old, or the process is another one.
        await this.refresh();
        return await this.#send(action, stream, worker, true);
      }
      const { error } = await answer.json();
      return error;
    } catch {
      return 'The request has failed.';
    }
  }
}

// How often the reader has been asked.
let asked = 0;

function confirmed(action, stream, worker) {
  const question = ++asked;
  const dialog = document.getElementById('confirm');
  const [title, explanation] = CONFIRM[action](stream, worker);
  document.getElementById('confirm-title').textContent = title;
  document.getElementById('confirm-text').textContent = explanation;
  document.getElementById('confirm-yes').textContent = LABELS[action];
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener('close', function onClose() {
      const isLast = question === asked;
      // The browser announces a close a little later: this one is that of the question before, which is not asked any more.
      if (isLast && dialog.open) return;
      dialog.removeEventListener('close', onClose);
      resolve(isLast && dialog.returnValue === 'yes');
    });
  });
}
