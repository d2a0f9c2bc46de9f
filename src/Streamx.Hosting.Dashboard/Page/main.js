// Follows the server's events and hands them to the parts of the page.
import { text } from './dom.js';
import { clock } from './format.js';
import { Events } from './events.js';
import { Lanes } from './lanes.js';
import { Overview } from './overview.js';
import { Session } from './control.js';
import { stalled } from './verdict.js';

// A frame comes every second, and a heartbeat every two while the server has no frame. Without either for this long the
// connection is taken for lost; with heartbeats alone the picture is old.
const STALE_AFTER = 4000;

// The browser comes back by itself, unless it was told that the host stops: then this asks again, for the next process.
const RETRY_AFTER = 2000;

const session = new Session();
const lanes = new Lanes(document.getElementById('streams'), session);
const events = new Events(document.getElementById('events'), document.getElementById('no-events'));
const overview = new Overview(document.getElementById('overview'), name => lanes.open(name), matches => lanes.filter(matches));
const connection = document.getElementById('connection');
const banner = document.getElementById('banner');

let source = null;
let retry = 0;
let lastHeard = 0;
let lastFrame = 0;
let lastTime = null;
let isStopping = false;

function show(state) {
  connection.dataset.state = state;
  const words = { connecting: 'Connecting …', live: 'Live', old: 'No news', lost: 'Not connected' };
  text(document.getElementById('connection-text'), words[state]);
  const isOld = state === 'lost' || state === 'old';
  banner.hidden = !isOld;
  document.body.classList.toggle('stale', isOld);
  if (!isOld) return;
  const since = lastTime ? ` What you see is from ${clock(lastTime)}.` : '';
  const why = state === 'old' ? 'The host answers, but cannot look at its streams.'
    : isStopping ? 'The host is stopping.' : 'The connection is lost.';
  text(banner, `${why} Trying again …${since}`);
}

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource('api/live');
  source.addEventListener('history', message => {
    const history = JSON.parse(message.data);
    isStopping = false;
    lanes.begin(history);
    events.begin(history.events);
    overview.note(history.events.at(-1));
    session.refresh().then(() => lanes.refresh());
  });
  source.addEventListener('frame', message => {
    const frame = JSON.parse(message.data);
    lastHeard = lastFrame = performance.now();
    lastTime = frame.time;
    text(document.getElementById('application'), frame.application);
    document.title = title(frame);
    document.getElementById('empty').hidden = frame.streams.length > 0;
    overview.show(frame);
    lanes.show(frame);
    events.add(frame.events);
    overview.note(frame.events.at(-1));
    show('live');
  });
  source.addEventListener('heartbeat', () => {
    lastHeard = performance.now();
    if (lastHeard - lastFrame > STALE_AFTER) show('old');
  });
  source.addEventListener('stopping', () => {
    isStopping = true;
    show('lost');
  });
  source.onerror = () => {
    show('lost');
    if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_AFTER);
  };
}

function title(frame) {
  const faulted = frame.streams.filter(stream => stream.state === 'Faulted').map(stream => `✖ ${stream.name}`);
  const stuck = new Set(frame.streams.flatMap(stalled));
  // One consumer may hold several streams, through stages that only wait. A faulted stream takes no puts that it could hold.
  const held = new Set(frame.streams.filter(stream => stream.heldBy && stream.state !== 'Faulted')
    .map(stream => stream.holder?.consumer ?? stream.heldBy).filter(name => !stuck.has(name)));
  const first = [...faulted, ...[...stuck].map(name => `▲ ${name}`), ...held].slice(0, 3);
  return `${first.length ? `${first.join(', ')} · ` : ''}Streams of ${frame.application}`;
}

setInterval(() => {
  if (['live', 'old'].includes(connection.dataset.state) && performance.now() - lastHeard > STALE_AFTER) show('lost');
}, 1000);

// Between two frames a wait goes on: the number does, too.
setInterval(() => {
  if (connection.dataset.state === 'live') lanes.tick((performance.now() - lastFrame) / 1000);
}, 100);

show('connecting');
connect();
