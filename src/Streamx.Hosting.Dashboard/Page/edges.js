// The lines between the boxes: within a lane, and from a processor to the stream it puts into. The same is said in words beside them.
const SVG = 'http://www.w3.org/2000/svg';

export class Edges {
  #root;
  #svg;
  #again = null;

  constructor(root) {
    this.#root = root;
    this.#svg = document.createElementNS(SVG, 'svg');
    this.#svg.setAttribute('class', 'edges');
    this.#svg.setAttribute('aria-hidden', 'true');
    root.after(this.#svg);
    new ResizeObserver(() => this.#again?.()).observe(root);
  }

  draw(lanes, frame) {
    this.#again = () => this.#draw(lanes, frame);
    this.#draw(lanes, frame);
  }

  #draw(lanes, frame) {
    const paths = [];
    const origin = this.#root.getBoundingClientRect();
    const box = node => {
      const { left, right, top, bottom } = node.getBoundingClientRect();
      const [above, below] = [top - origin.top, bottom - origin.top];
      return { left: left - origin.left, right: right - origin.left, top: above, bottom: below, middle: (above + below) / 2 };
    };
    let links = 0;
    for (const stream of frame.streams) {
      const lane = lanes.get(stream.name);
      if (lane.isFolded || lane.root.hidden) continue;
      const node = box(lane.node);
      const isWide = node.left > 1 + box(lane.producerList).left;
      if (isWide) {
        for (const card of lane.producers.values()) paths.push([curve(box(card.root), node), 'edge']);
        for (const { root } of lane.consumers.values())
          paths.push([curve(node, box(root)), root.dataset.off ? 'edge off' : root.dataset.holds ? 'edge held' : 'edge']);
        for (const consumer of stream.consumers) {
          const target = lanes.get(consumer.outputStream);
          const end = target?.isFolded || target?.root.hidden ? null : target?.producers.get(`${stream.name}:${consumer.name}`);
          if (!end) continue;
          const from = box(lane.consumers.get(consumer.name).root);
          paths.push([around(from, box(end.root), box(target.root), 4 * links++ % 12), 'edge link']);
        }
      }
    }
    // The streams begin below what else is on the page.
    this.#svg.style.top = `${this.#root.offsetTop}px`;
    this.#svg.setAttribute('width', Math.ceil(origin.width));
    this.#svg.setAttribute('height', Math.ceil(origin.height));
    while (this.#svg.children.length > paths.length) this.#svg.lastChild.remove();
    paths.forEach(([path, kind], index) => {
      let line = this.#svg.children[index];
      if (!line) this.#svg.append(line = document.createElementNS(SVG, 'path'));
      if (line.getAttribute('d') !== path) line.setAttribute('d', path);
      if (line.getAttribute('class') !== kind) line.setAttribute('class', kind);
    });
  }
}

function curve(from, to) {
  const middle = (from.right + to.left) / 2;
  return `M${from.right} ${from.middle}C${middle} ${from.middle} ${middle} ${to.middle} ${to.left} ${to.middle}`;
}

// Along the sides of the lanes and through the gap above the target, so that it crosses nothing.
function around(from, to, lane, shift) {
  const right = lane.right - 6 - shift;
  const left = lane.left + 6 + shift;
  const gap = lane.top - 8 - shift;
  return `M${from.right} ${from.middle}H${right - 6}q6 0 6 6V${gap - 6}q0 6 -6 6H${left + 6}q-6 0 -6 6V${to.middle - 6}q0 6 6 6H${to.left}`;
}
