// Small helpers to build and change elements. Text is always set as text: names come from the application.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Leaves alone what has not changed, so that screen readers and selections are left alone, too.
export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

export function attribute(node, name, value) {
  if (value === null || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// One child for each item, by key, in order. Those that stay are kept.
export function keyed(parent, kept, items, key, create, update) {
  const present = new Set();
  items.forEach((item, index) => {
    const id = key(item);
    present.add(id);
    let child = kept.get(id);
    if (!child) kept.set(id, child = create(item));
    if (parent.children[index] !== child.root) parent.insertBefore(child.root, parent.children[index] ?? null);
    update(child, item);
  });
  for (const [id, child] of kept) {
    if (present.has(id)) continue;
    child.root.remove();
    kept.delete(id);
  }
}
