// What lies over the map: layer list with legend, tooltip, notices. Every word of the data is set as text, never as HTML.

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** The boxes inside the element of a map, made once. */
export function makeFrame(element, data) {
  const frame = { element };
  for (const name of ['canvas', 'panel', 'tooltip', 'notice', 'attribution']) {
    frame[name] = make('div', `wangge-map-${name}`);
    element.appendChild(frame[name]);
  }
  frame.tooltip.hidden = true;
  frame.notice.hidden = true;
  element.setAttribute('role', 'region');
  element.setAttribute('aria-label', data.words.map);
  return frame;
}

export function showNotice(frame, text) {
  frame.notice.textContent = text;
  frame.notice.setAttribute('role', 'alert');
  frame.notice.hidden = false;
}

export function hideNotice(frame) {
  frame.notice.hidden = true;
}

/** Search box, legend and layer list; rebuilt only when words or layers change, so that a click is never lost. */
export function drawPanel(frame, data, shown, acts) {
  frame.attribution.textContent = data.attribution;
  const text = JSON.stringify([data.panel, data.words]);
  if (frame.drawn === text) return;
  frame.drawn = text;
  const isOpen = (name, otherwise) => frame.panel.querySelector(`details.${name}`)?.open ?? otherwise;
  const card = folded('wangge-map-legend', data.words.legend, isOpen('wangge-map-legend', !isNarrow(frame)));
  const more = folded('wangge-map-layers', data.words.layers, isOpen('wangge-map-layers', false));
  for (const block of data.panel) (block.main ? card : more).appendChild(blockOf(block, shown, acts.toggle));
  if (more.children.length > 1) card.appendChild(more);
  frame.panel.replaceChildren(searchBox(data, acts), card);
}

/** A phone, or a map beside something wide: the panel starts folded and the search box with it. */
export function isNarrow(frame) {
  return frame.element.clientWidth <= 640;
}

function folded(name, title, open) {
  const box = make('details', name);
  box.open = open;
  box.appendChild(make('summary', '', title));
  return box;
}

/** Suggests up to twenty names that contain what was typed; choosing one, or Enter on the first, goes there. */
function searchBox(data, acts) {
  const box = make('div', 'wangge-map-search');
  const input = make('input');
  const list = make('ul');
  input.type = 'search';
  input.placeholder = data.words.search;
  input.setAttribute('aria-label', data.words.search);
  const choose = (place) => {
    input.value = place.name;
    list.replaceChildren();
    acts.goTo(place);
  };
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    const found = wanted ? acts.names().filter((place) => place.name.toLowerCase().includes(wanted)).slice(0, 20) : [];
    list.replaceChildren(...found.map((place) => suggestion(place, choose)));
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') list.querySelector('button')?.click();
    if (event.key === 'Escape') list.replaceChildren();
  });
  box.append(input, list);
  return box;
}

function suggestion(place, choose) {
  const item = make('li');
  const button = make('button', '', place.name);
  button.type = 'button';
  button.addEventListener('click', () => choose(place));
  item.appendChild(button);
  return item;
}

function blockOf(block, shown, onToggle) {
  const group = make('div', 'wangge-map-block');
  const label = make('label');
  const check = make('input');
  check.type = 'checkbox';
  check.checked = shown.get(block.id) ?? block.visible;
  check.dataset.layer = block.id;
  check.addEventListener('change', () => {
    group.classList.toggle('off', !check.checked);
    onToggle(block.id, check.checked);
  });
  group.classList.toggle('off', !check.checked);
  const single = block.rows.length === 1 && !block.rows[0].label;
  label.append(check, ...(single ? [swatch(block.rows[0])] : []), make('span', '', block.title));
  group.appendChild(label);
  if (block.edges.length) group.appendChild(scaleOf(block));
  else if (!single) group.appendChild(rowsOf(block.rows));
  return group;
}

/** Ordered classes as one bar, lowest first, with the limits between them below; what has no figure beside it. */
function scaleOf(block) {
  const [none, ...classes] = [...block.rows].reverse();
  const scale = make('div', 'wangge-map-scale');
  for (const [rank, row] of classes.entries()) {
    const step = make('span');
    step.style.setProperty('--c', row.colour);
    step.title = row.label;
    if (rank) step.appendChild(make('b', '', block.edges[rank - 1]));
    scale.appendChild(step);
  }
  const box = make('div', 'wangge-map-classes');
  box.append(scale, rowsOf([none]));
  return box;
}

function rowsOf(rows) {
  const list = make('ul');
  for (const row of rows) {
    const item = make('li');
    item.append(swatch(row), make('span', '', row.label));
    list.appendChild(item);
  }
  return list;
}

function swatch(row) {
  const mark = make('i', `wangge-swatch ${row.shape}`);
  mark.style.setProperty('--c', row.colour);
  return mark;
}

export function hideTooltip(frame) {
  frame.tooltip.hidden = true;
}

/** The first row is the name, the others are a label and a figure. */
export function showTooltip(frame, point, rows, found, data) {
  const [head, ...others] = rows;
  const table = make('dl');
  for (const row of others) {
    const text = figure(row, found, data);
    if (text) table.append(make('dt', '', row.label), make('dd', '', text));
  }
  frame.tooltip.replaceChildren(make('strong', '', figure(head, found, data)), table);
  frame.tooltip.hidden = false;
  const { clientWidth, clientHeight } = frame.element;
  const left = Math.min(point.x + 14, clientWidth - frame.tooltip.offsetWidth - 8);
  const top = point.y + 18 + frame.tooltip.offsetHeight > clientHeight ? point.y - frame.tooltip.offsetHeight - 12 : point.y + 18;
  frame.tooltip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
}

function figure(row, found, data) {
  const value = row.column === 'value' ? found.value : found.properties[row.column];
  if (value === null || value === undefined || value === '') return row.style === 'text' ? '' : data.words.no_figure;
  if (row.style === 'text') return String(value);
  const digits = row.style === 'count' ? { maximumFractionDigits: 1 } : { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  if (row.style === 'share') return new Intl.NumberFormat(data.language, { style: 'percent', ...digits }).format(value);
  const text = new Intl.NumberFormat(data.language, digits).format(value);
  return row.style === 'minutes' ? `${text} ${data.words.minutes}` : text;
}
