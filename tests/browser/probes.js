// What the tests ask the page; put into it before its own modules run.
window.violations = [];
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  window.violations.push(`${violatedDirective} ${blockedURI}`);
});

window.probes = {
  /** Where on the screen the middle of the first whole cell of a state and level lies. */
  async cellOf({ state, level }) {
    const { current } = await import('/static/state.js');
    const { map } = (await import('/static/main.js')).map;
    const fits = (cell) => cell.state === state && (level === null || cell.level === level) && cell.ring.length === 4;
    const cell = current().density.cells.find(fits);
    const place = map.options.crs.pointToLatLng(L.point(...cell.label), 0);
    const { x, y } = map.latLngToContainerPoint(place);
    const frame = map.getContainer().getBoundingClientRect();
    return { id: cell.id, x: x + frame.x, y: y + frame.y };
  },

  /** Pixels of a canvas by colour, in a square round a place on the screen. */
  coloursAt([name, x, y, half]) {
    const canvas = document.querySelector(`canvas.${name}`);
    const frame = canvas.getBoundingClientRect();
    const [left, top] = [Math.round(x - frame.x - half), Math.round(y - frame.y - half)];
    const { data } = canvas.getContext('2d').getImageData(left, top, 2 * half, 2 * half);
    const counts = {};
    for (let at = 0; at < data.length; at += 4) {
      const hex = [0, 1, 2].map((part) => data[at + part].toString(16).padStart(2, '0')).join('');
      const colour = data[at + 3] ? `#${hex}` : 'clear';
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
    return counts;
  },

  /** The page as it opened: French, by day, nothing chosen, the area framed. */
  async restore() {
    const [{ update }, { map }] = await Promise.all([import('/static/state.js'), import('/static/main.js')]);
    document.getElementById('table-panel').hidden = true;
    document.documentElement.dataset.theme === 'night' && document.getElementById('theme').click();
    document.querySelector('#languages [lang=fr]').click();
    document.activeElement.blur();
    update({ selected: null, inspecting: false });
    map.reframe();
  },

  /** Some bytes of the picture that a video or canvas shows. */
  picture(selector) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
    const context = canvas.getContext('2d');
    context.drawImage(document.querySelector(selector), 0, 0, 320, 180);
    return Array.from(context.getImageData(0, 60, 320, 120).data).filter((_, at) => at % 64 === 0);
  },

  /** Seconds between the newest picture that came and the one on screen. */
  behind(selector) {
    const video = document.querySelector(selector);
    return video.buffered.end(video.buffered.length - 1) - video.currentTime;
  },

  /** Elements that stick out of the window, texts that are cut, and whether the page itself scrolls. */
  overflows() {
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.offsetWidth !== 0;
    const all = (selectors) => [...document.querySelectorAll(selectors)].filter(shown);
    const name = (element) => element.id || element.className || element.tagName;
    const sticksOut = (element) => {
      const { left, right } = element.getBoundingClientRect();
      return right > innerWidth + 0.5 || left < -0.5;
    };
    const isCut = (element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline';
    const texts = '#top b, #top span, #top h1, #rail p, #rail h2 span, #rail h3 *, .legend b, .legend span, .tabs button, .tile-caption *';
    const { scrollWidth, scrollHeight } = document.documentElement;
    return {
      wide: all('#top *, #rail *, .legend *, .tabs *, .tools *, .notice *').filter(sticksOut).map(name),
      cut: all(texts).filter(isCut).map(name),
      page: scrollWidth > innerWidth || scrollHeight > innerHeight,
    };
  },

  /** Pairs that lie over each other, within groups that must not. */
  overlaps(groups) {
    const meet = (a, b) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
    const pairsOf = (group) => {
      const parts = group.map((selector) => [selector, document.querySelector(selector)]).filter(([, part]) => part?.checkVisibility());
      const frames = parts.map(([selector, part]) => [selector, part.getBoundingClientRect()]);
      return frames.flatMap(([a, one], index) => frames.slice(index + 1).filter(([, other]) => meet(one, other)).map(([b]) => [a, b]));
    };
    return groups.flatMap(pairsOf);
  },
};
