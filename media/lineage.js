// The page of Show Lineage: walks in the tree by arrow keys, tells which node is opened, and takes newer pictures.
(function () {
  const vscode = acquireVsCodeApi();
  const picture = document.getElementById('picture');
  const summary = document.getElementById('summary');
  /** The id of the node that has, or last had, the keyboard. */
  let current;

  const nodes = () => [...picture.querySelectorAll('.node')];
  const byId = (id) => nodes().find((node) => node.dataset.id === id);

  function focus(node) {
    if (!node) return;
    for (const other of nodes()) other.setAttribute('tabindex', '-1');
    node.setAttribute('tabindex', '0');
    node.focus();
    current = node.dataset.id;
    node.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  /** One node of the tree can be reached by the Tab key: the current one, or the first. */
  function prepare() {
    const first = byId(current) ?? nodes()[0];
    if (first) first.setAttribute('tabindex', '0');
  }

  function neighbour(node, key) {
    const all = nodes();
    const index = all.indexOf(node);
    switch (key) {
      case 'ArrowLeft':
        return byId(node.dataset.parent);
      case 'ArrowRight':
        return all.find((other) => other.dataset.parent === node.dataset.id);
      case 'ArrowUp':
      case 'ArrowDown': {
        const level = all.filter(
          (other) => other.getAttribute('aria-level') === node.getAttribute('aria-level'),
        );
        return level[level.indexOf(node) + (key === 'ArrowDown' ? 1 : -1)];
      }
      case 'Home':
        return all[0];
      case 'End':
        return all[all.length - 1];
      default:
        return index < 0 ? undefined : null;
    }
  }

  picture.addEventListener('keydown', (event) => {
    const node = event.target.closest('.node');
    if (!node) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      vscode.postMessage({ open: node.dataset.id });
      return;
    }
    const next = neighbour(node, event.key);
    if (next === null) return;
    event.preventDefault();
    focus(next);
  });

  picture.addEventListener('click', (event) => {
    const node = event.target.closest('.node');
    if (!node) return;
    focus(node);
    vscode.postMessage({ open: node.dataset.id });
  });

  document.getElementById('export').addEventListener('click', () => vscode.postMessage({ save: true }));

  window.addEventListener('message', ({ data }) => {
    const focused = picture.contains(document.activeElement);
    const started = performance.now();
    // Drawn by the extension itself, with every name escaped.
    picture.innerHTML = data.svg;
    summary.textContent = data.summary;
    prepare();
    if (data.focus) focus(byId(data.focus));
    else if (focused) focus(byId(current) ?? nodes()[0]);
    requestAnimationFrame(() =>
      vscode.postMessage({ drawn: nodes().length, ms: performance.now() - started }),
    );
  });

  vscode.postMessage({ ready: true });
})();
