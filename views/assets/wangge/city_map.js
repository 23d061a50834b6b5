// One MapLibre map per element, kept across reruns of the page; every call applies the differences of the new data.
import { drawPanel, makeFrame, showTooltip, hideTooltip, showNotice, hideNotice } from './map_panel.js';

const kept = new WeakMap();
const here = new URL('.', import.meta.url);
const libraries = {};

/** Load a vendored script once; it defines a global. */
function loadScript(path) {
  libraries[path] ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL(path, here);
    script.onload = resolve;
    script.onerror = () => reject(new Error(`cannot load ${path}`));
    document.head.appendChild(script);
  });
  return libraries[path];
}

/** Load a vendored style sheet once and wait for it, so that the first paint has its controls in place. */
function loadStyle(path) {
  libraries[path] ??= new Promise((resolve) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = new URL(path, here);
    link.onload = link.onerror = resolve;
    document.head.appendChild(link);
  });
  return libraries[path];
}

async function loadLibraries() {
  await Promise.all([
    loadScript('../maplibre/maplibre-gl.js'),
    loadScript('../pmtiles/pmtiles.js'),
    loadStyle('../maplibre/maplibre-gl.css'),
    loadStyle('./city_map.css'),
  ]);
  if (!libraries.protocol) {
    libraries.protocol = new globalThis.pmtiles.Protocol();
    globalThis.maplibregl.addProtocol('pmtiles', libraries.protocol.tile);
  }
}

/** Entry of the component: called at every rerun with the same element. */
export async function render({ parentElement, data, setStateValue }) {
  const element = parentElement.querySelector('.wangge-map');
  let state = kept.get(element);
  if (!state) {
    state = { element, hidden: new Map(), applied: {}, queue: Promise.resolve() };
    kept.set(element, state);
    state.loaded = loadLibraries();
  }
  state.report = setStateValue;
  state.data = data;
  state.queue = state.queue.then(() => update(state, data)).catch((error) => fail(state, error));
  await state.queue;
  return () => setTimeout(() => dispose(state), 1000);
}

async function update(state, data) {
  state.element.style.height = data.height_px ? `${data.height_px}px` : 'var(--wangge-window-rest, 640px)';
  state.element.dataset.theme = data.theme;
  if (state.failed) return;
  if (!state.frame) {
    state.frame = makeFrame(state.element, data);
    showNotice(state.frame, data.words.loading);
  }
  await state.loaded;
  drawControls(state, data);
  if (!state.map) await open(state, data);
  if (state.failed) return;
  state.element.dataset.ready = '0';
  applySources(state, data);
  applyLayers(state, data);
  applyValues(state, data);
  applySelected(state, data);
  applyFit(state, data);
  state.map.once('idle', () => {
    state.element.dataset.ready = '1';
  });
  state.map.triggerRepaint();
}

/** The panel is there before the map, which keeps clear of it. */
function drawControls(state, data) {
  drawPanel(state.frame, data, state.hidden, {
    toggle: (id, shown) => setVisible(state, id, shown),
    names: () => namesOf(state),
    goTo: (place) => goTo(state, place),
  });
}

async function open(state, data) {
  const camera = data.view ? { center: data.view.slice(0, 2), zoom: data.view[2] } : data.fit ? { bounds: data.fit, fitBoundsOptions: { padding: paddingOf(state) } } : {};
  try {
    state.map = new globalThis.maplibregl.Map({
      container: state.frame.canvas,
      style: { version: 8, sources: {}, layers: [] },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxZoom: 20,
      fadeDuration: 0,
      locale: { 'NavigationControl.ZoomIn': data.words.zoom_in, 'NavigationControl.ZoomOut': data.words.zoom_out, 'Map.Title': data.words.map },
      ...camera,
    });
  } catch (error) {
    state.failed = true;
    showNotice(state.frame, data.words.no_webgl);
    state.element.dataset.ready = 'failed';
    return;
  }
  state.map.touchZoomRotate.disableRotation();
  state.map.addControl(new globalThis.maplibregl.NavigationControl({ showCompass: false }), 'top-left');
  state.map.addControl(fitControl(state, data.words.fit), 'top-left');
  state.map.addControl(new globalThis.maplibregl.ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
  state.applied.fit = JSON.stringify(data.fit);
  state.moved = Boolean(data.view);
  state.element.wanggeMap = state.map; // where a place lies on the screen, for tests and for the browser's console
  await new Promise((resolve) => state.map.once('load', resolve));
  hideNotice(state.frame);
  listen(state);
}

/** What goes wrong is said on the map; the cause goes to the console for the administrator. */
function fail(state, error) {
  console.error('map:', error);
  state.frame ??= makeFrame(state.element, state.data);
  showNotice(state.frame, state.data.words.failed);
  state.element.dataset.ready = 'failed';
}

/** Give the drawing context back once the element has left the page for good. */
function dispose(state) {
  if (state.element.isConnected || !state.map) return;
  state.map.remove();
  state.map = null;
  kept.delete(state.element);
}

// ---- sources, layers, values -------------------------------------------------------------------------------------

function applySources(state, data) {
  const before = state.applied.sources ?? {};
  for (const id of Object.keys(before)) {
    if (!sameSource(before[id], data.sources[id])) {
      for (const layer of state.map.getStyle().layers) if (layer.source === id) state.map.removeLayer(layer.id);
      state.map.removeSource(id);
      delete before[id];
      delete state.applied.values?.[id];
      if (state.chosen?.layer === id) state.chosen = null;
    }
  }
  for (const [id, source] of Object.entries(data.sources)) {
    if (!before[id]) state.map.addSource(id, sourceOf(source));
    else if (source.version !== before[id].version) state.map.getSource(id).setData(JSON.parse(source.geojson));
  }
  state.applied.sources = { ...data.sources };
}

/** A source survives when only the places inside it changed. */
function sameSource(before, now) {
  return now !== undefined && before.key === now.key && before.tiles === now.tiles;
}

function sourceOf(source) {
  if (source.tiles) {
    return { type: 'vector', url: `pmtiles://${new URL(source.tiles, window.location.origin)}`, promoteId: { [source.part]: source.key } };
  }
  return { type: 'geojson', data: JSON.parse(source.geojson), promoteId: source.key, tolerance: 0.2 };
}

function applyLayers(state, data) {
  const wanted = new Set(data.layers.map((layer) => layer.id));
  for (const layer of state.map.getStyle().layers) if (!wanted.has(layer.id)) state.map.removeLayer(layer.id);
  state.specs ??= new Map();
  let above;
  for (const spec of [...data.layers].reverse()) {
    const text = JSON.stringify(spec);
    if (!state.map.getLayer(spec.id)) state.map.addLayer(spec, above);
    else if (state.specs.get(spec.id) !== text) {
      state.map.removeLayer(spec.id);
      state.map.addLayer(spec, above);
    } else state.map.moveLayer(spec.id, above);
    state.specs.set(spec.id, text);
    above = spec.id;
  }
  for (const block of data.panel) setVisible(state, block.id, state.hidden.get(block.id) ?? block.visible);
}

function setVisible(state, owner, shown) {
  state.hidden.set(owner, shown);
  for (const layer of state.data.layers) {
    if (layer.metadata?.owner === owner) state.map.setLayoutProperty(layer.id, 'visibility', shown ? 'visible' : 'none');
  }
}

function featureOf(state, layer, id) {
  const part = state.data.sources[layer]?.part;
  return part ? { source: layer, sourceLayer: part, id } : { source: layer, id };
}

/** Values travel apart from geometry: only those that changed are set. */
function applyValues(state, data) {
  state.applied.values ??= {};
  for (const id of Object.keys(data.sources)) {
    const before = state.applied.values[id] ?? {};
    const now = data.values[id] ?? {};
    for (const key of Object.keys(before)) if (!(key in now)) state.map.setFeatureState(featureOf(state, id, key), { value: null });
    for (const [key, value] of Object.entries(now)) if (before[key] !== value) state.map.setFeatureState(featureOf(state, id, key), { value });
    state.applied.values[id] = now;
  }
}

// ---- selection, view ---------------------------------------------------------------------------------------------

/** The page drives the selection only when it says something new; otherwise the last click stays. */
function applySelected(state, data) {
  const text = JSON.stringify(data.selected);
  if (text === state.applied.selected) return choose(state, state.chosen);
  state.applied.selected = text;
  return choose(state, data.selected);
}

function choose(state, selected) {
  const before = state.chosen;
  if (before && state.data.sources[before.layer]) state.map.setFeatureState(featureOf(state, before.layer, before.id), { selected: false });
  const known = selected && state.data.sources[selected.layer];
  if (known) state.map.setFeatureState(featureOf(state, selected.layer, selected.id), { selected: true });
  state.chosen = known ? { layer: selected.layer, id: selected.id } : null;
}

function applyFit(state, data) {
  const text = JSON.stringify(data.fit);
  if (text === state.applied.fit) return;
  state.applied.fit = text;
  fit(state, 0);
}

/** Room around the whole area: clear of the panel, beside it or below it, whichever shows the area larger. */
function paddingOf(state) {
  const { clientWidth, clientHeight } = state.element;
  const { offsetWidth, offsetHeight } = state.frame.panel;
  const beside = { top: 24, bottom: 44, left: 56, right: offsetWidth + 28 };
  const below = { top: offsetHeight + 28, bottom: 44, left: 24, right: 24 };
  if (!state.data.fit) return beside;
  const [west, south, east, north] = state.data.fit;
  const northing = (latitude) => (Math.atanh(Math.sin((latitude * Math.PI) / 180)) * 180) / Math.PI;
  const scale = (room) =>
    Math.min((clientWidth - room.left - room.right) / (east - west), (clientHeight - room.top - room.bottom) / (northing(north) - northing(south)));
  return scale(below) > scale(beside) ? below : beside;
}

function fit(state, duration) {
  state.moved = false;
  if (state.data.fit) state.map.fitBounds(state.data.fit, { padding: paddingOf(state), duration });
}

/** The button below the zoom buttons that shows the whole area again. */
function fitControl(state, title) {
  return {
    onAdd() {
      const box = document.createElement('div');
      const button = document.createElement('button');
      box.className = 'maplibregl-ctrl maplibregl-ctrl-group';
      button.className = 'wangge-map-fit';
      button.type = 'button';
      button.title = title;
      button.setAttribute('aria-label', title);
      button.addEventListener('click', () => fit(state, 300));
      box.appendChild(button);
      this.box = box;
      return box;
    },
    onRemove() {
      this.box.remove();
    },
  };
}

/** Names on the map, for the search box: read from the label sources, so tiles have none. */
function namesOf(state) {
  return Object.entries(state.data.sources)
    .filter(([id]) => id.endsWith('-labels'))
    .flatMap(([id, source]) => JSON.parse(source.geojson).features.map((feature) => ({ layer: id.slice(0, -'-labels'.length), id: feature.properties.key, name: feature.properties.label, at: feature.geometry.coordinates })));
}

function goTo(state, place) {
  state.moved = true;
  state.map.jumpTo({ center: place.at, zoom: Math.max(state.map.getZoom(), 15.5) });
  writePermalink(state);
  if (!state.data.selectable.includes(place.layer)) return;
  choose(state, place);
  state.report('selected', { layer: place.layer, id: place.id, view: viewText(state.map) });
}

function viewText(map) {
  const centre = map.getCenter();
  return `${centre.lng.toFixed(5)},${centre.lat.toFixed(5)},${map.getZoom().toFixed(2)}`;
}

/** The address carries the view, so a copied link shows the same place; no rerun is caused. */
function writePermalink(state) {
  if (!state.data.permalink) return;
  const address = new URL(window.location.href);
  address.searchParams.set(state.data.permalink, viewText(state.map));
  window.history.replaceState(window.history.state, '', address);
}

// ---- pointer -----------------------------------------------------------------------------------------------------

function listen(state) {
  const { map } = state;
  map.on('movestart', (event) => {
    if (event.originalEvent) state.moved = true;
  });
  map.on('moveend', (event) => {
    if (event.originalEvent) writePermalink(state);
  });
  map.on('resize', () => {
    if (!state.moved) fit(state, 0);
  });
  map.on('click', (event) => {
    const found = pick(state, event.point, (layer) => state.data.selectable.includes(layer));
    choose(state, found && { layer: found.layer, id: found.id });
    state.report('selected', found ? { layer: found.layer, id: found.id, view: viewText(map) } : null);
  });
  map.on('mousemove', (event) => hover(state, event));
  map.on('mouseout', () => hover(state, null));
  map.on('error', (event) => console.error('map:', event.error?.message ?? event));
}

/** The topmost place under the pointer; points are easier to hit than areas. */
function pick(state, point, wanted) {
  const layers = state.data.layers.filter((layer) => layer.metadata?.pick && wanted(layer.metadata.owner) && state.map.getLayer(layer.id)).map((layer) => layer.id);
  if (!layers.length) return null;
  const box = [[point.x - 3, point.y - 3], [point.x + 3, point.y + 3]];
  const near = state.map.queryRenderedFeatures(box, { layers }).filter((feature) => feature.layer.type === 'circle' && isDrawn(state, feature));
  const [feature] = near.length ? near : state.map.queryRenderedFeatures(point, { layers }).filter((found) => isDrawn(state, found));
  if (!feature) return null;
  return { layer: feature.layer.metadata.owner, id: String(feature.id ?? ''), properties: feature.properties, value: feature.state?.value };
}

/** Points that are drawn by their figure are not there without one. */
function isDrawn(state, feature) {
  const { owner } = feature.layer.metadata;
  return feature.layer.type !== 'circle' || !(owner in state.data.values) || (feature.state?.value ?? null) !== null;
}

function hover(state, event) {
  const found = event && pick(state, event.point, () => true);
  const before = state.hovered;
  if (before && before.id !== found?.id && state.data.sources[before.layer]) state.map.setFeatureState(featureOf(state, before.layer, before.id), { hover: false });
  if (found && before?.id !== found.id) state.map.setFeatureState(featureOf(state, found.layer, found.id), { hover: true });
  state.hovered = found;
  state.map.getCanvas().style.cursor = found && state.data.selectable.includes(found.layer) ? 'pointer' : '';
  const rows = found && state.data.tooltips[found.layer];
  if (rows) showTooltip(state.frame, event.point, rows, found, state.data);
  else hideTooltip(state.frame);
}
