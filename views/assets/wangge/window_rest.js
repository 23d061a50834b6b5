// The height from the top of the map to the bottom of the window, kept in --wangge-window-rest for the map and its side.

const BELOW_PX = 16;
const LEAST_PX = 320;
const PHONE = window.matchMedia('(max-width: 640px)');
const PHONE_SHARE = 0.62; // below it the panel of a place begins, so that a tap is seen to have done something

function measure(selector) {
  const place = document.querySelector(selector);
  if (!place) return;
  const scroller = place.closest('[data-testid="stMain"]') ?? document.documentElement;
  const top = place.getBoundingClientRect().top + scroller.scrollTop;
  const rest = window.innerHeight - top - BELOW_PX;
  const height = PHONE.matches ? Math.min(rest, window.innerHeight * PHONE_SHARE) : rest;
  const text = `${Math.round(Math.max(LEAST_PX, height))}px`;
  const root = document.documentElement.style;
  if (root.getPropertyValue('--wangge-window-rest') !== text) root.setProperty('--wangge-window-rest', text);
}

/** Entry of the component: measures now, and whenever the window or what stands above the map changes. */
export function keep({ data }) {
  const again = () => requestAnimationFrame(() => measure(data.selector));
  const observer = new ResizeObserver(again);
  const block = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (block) observer.observe(block);
  for (const above of document.querySelectorAll(data.above)) observer.observe(above);
  window.addEventListener('resize', again);
  again();
  return () => {
    observer.disconnect();
    window.removeEventListener('resize', again);
  };
}
