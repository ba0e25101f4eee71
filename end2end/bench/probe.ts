// What runs in each document before its own scripts and says when things are to be seen. It costs a layout per frame until then,
// for every page alike.

/** What a page is measured by. */
export interface Marks {
  rows: string;
  count: number;
  link: string;
  detail: string;
}

/** Something that was seen, in milliseconds since 1970. */
export interface Seen {
  kind: 'document' | 'painted' | 'rows' | 'link' | 'detail' | 'click' | 'long';
  at: number;
  /** Where a pointer hits the link. */
  x?: number;
  y?: number;
  /** When a click was made, before the page came to handle it. */
  issued?: number;
  /** How long the main thread was busy. */
  took?: number;
}

declare global {
  // The binding that Playwright puts into every document.
  function __seen(seen: Seen): void;
}

/** Runs in the page; it may use nothing from outside. */
export function probe(marks: Marks): void {
  if (window.top !== window) return;
  const at = (time: number) => performance.timeOrigin + time;
  const isVisible = (element: Element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const first = (selector: string) => [...document.querySelectorAll(selector)].find(isVisible);
  const said = new Set<string>();
  const once = (kind: 'rows' | 'link' | 'detail', more: Partial<Seen> = {}) => {
    said.add(kind);
    globalThis.__seen({ kind, at: at(performance.now()), ...more });
  };
  const look = () => {
    const rows = said.has('rows') ? [] : [...document.querySelectorAll(marks.rows)];
    if (rows.length >= marks.count && rows.filter((row) => isVisible(row) && row.textContent?.trim()).length >= marks.count) once('rows');
    const link = said.has('link') ? undefined : first(marks.link);
    if (link) {
      const box = link.getBoundingClientRect();
      const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + box.height / 2];
      const hit = document.elementFromPoint(x, y);
      if (hit && (link.contains(hit) || hit.contains(link))) once('link', { x, y });
    }
    if (!said.has('detail') && first(marks.detail)) once('detail');
    requestAnimationFrame(look);
  };
  globalThis.__seen({ kind: 'document', at: at(0) });
  requestAnimationFrame(look);
  const clicked = (event: Event) => {
    if (event.isTrusted) globalThis.__seen({ kind: 'click', at: at(performance.now()), issued: at(event.timeStamp) });
  };
  window.addEventListener('click', clicked, true);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.name === 'first-contentful-paint') globalThis.__seen({ kind: 'painted', at: at(entry.startTime) });
  }).observe({ type: 'paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.__seen({ kind: 'long', at: at(entry.startTime), took: entry.duration });
  }).observe({ type: 'longtask', buffered: true });
}
