// Zoom by real buttons, so that keyboard and touch can do what the wheel does.

const BUTTONS = [
  ['+', 'Zoom in', (canvas) => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4))],
  ['−', 'Zoom out', (canvas) => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.2))],
  ['⤢', 'Show all', (canvas) => fit(canvas)],
];

/** Show the whole diagram, but never larger than life. */
export function fit(canvas) {
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1);
}

export function addToolbar(diagram, place, translate) {
  const bar = document.createElement('div');
  bar.className = 'nrm-diagram-tools';
  bar.setAttribute('role', 'group');
  for (const [sign, name, act] of BUTTONS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.title = translate(name);
    button.setAttribute('aria-label', translate(name));
    button.addEventListener('click', () => act(diagram.get('canvas')));
    bar.append(button);
  }
  place.append(bar);
}
