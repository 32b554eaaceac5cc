// What can be measured of a page's fitness for everyone; put into a page by the tests.
window.everyone = (() => {
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !one.closest('[inert]') && one.getClientRects().length > 0;
  const name = (one) => one.id || one.getAttribute('aria-label') || `${one.tagName.toLowerCase()}.${one.className?.baseVal ?? one.className}`;
  const CONTROLS = 'button, input, select, textarea, summary, a[href], [tabindex="0"]';
  const scope = () => document.querySelector('dialog[open]') ?? document.body;
  const controls = () => [...scope().querySelectorAll(CONTROLS)].filter((one) => seen(one) && !one.disabled);
  const scrolls = (style) => [style.overflowX, style.overflowY].some((way) => way === 'auto' || way === 'scroll');

  /** The part of a box that no ancestor cuts off, and that is in the window. */
  const uncut = (one) => {
    let { left, top, right, bottom } = one.getBoundingClientRect();
    for (let at = one.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflow === 'visible') continue;
      const box = at.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return { left: Math.max(0, left), top: Math.max(0, top), right: Math.min(innerWidth, right), bottom: Math.min(innerHeight, bottom) };
  };

  /** Whether nothing else lies over the middle of what is to be seen of it. */
  const isOnTop = (one) => {
    const { left, top, right, bottom } = uncut(one);
    if (right - left < 3 || bottom - top < 3) return null;
    const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return Boolean(found) && (one.contains(found) || found.contains(one) || found.closest('label')?.contains(one) === true);
  };

  const ownText = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const inScroller = (one) => {
    for (let at = one.parentElement; at && at !== document.body; at = at.parentElement) if (scrolls(getComputedStyle(at))) return true;
    return false;
  };

  return {
    /** Controls smaller than `least` px either way; a link in a sentence may be. */
    small: (least) => controls()
      .filter((one) => getComputedStyle(one).display !== 'inline' && one.matches('button, input, select, textarea, summary, a'))
      .map((one) => [one, (one.matches('[type="checkbox"]') && one.closest('label')) || one])
      .filter(([, target]) => Math.min(target.getBoundingClientRect().width, target.getBoundingClientRect().height) < least - 0.5)
      .map(([one, target]) => `${name(one)} ${Math.round(target.getBoundingClientRect().width)}x${Math.round(target.getBoundingClientRect().height)}`),

    /** Controls that something covers; on the map things may lie over each other. */
    covered: () => controls().filter((one) => !one.closest('#map') && isOnTop(one) === false).map(name),

    /** Texts and controls that reach out of the window sideways, where nobody can scroll to them. */
    outside: () => [...scope().querySelectorAll('*')]
      .filter((one) => seen(one) && (ownText(one) || one.matches(CONTROLS)) && !one.closest('#map, .spoken') && !inScroller(one))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.getBoundingClientRect().left < -0.5)
      .map(name),

    /** Texts that are cut off without a sign (an ellipsis) that they are. */
    cut: () => [...scope().querySelectorAll('*')]
      .filter((one) => seen(one) && ownText(one) && !one.closest('#map, .spoken, svg'))
      .filter((one) => {
        const style = getComputedStyle(one);
        if (style.display === 'inline' || style.textOverflow === 'ellipsis') return false;
        const wide = one.scrollWidth > one.clientWidth + 1 && style.overflowX === 'hidden';
        const high = one.scrollHeight > one.clientHeight + 2 && style.overflowY === 'hidden';
        const box = one.parentElement.getBoundingClientRect();
        const range = document.createRange();
        range.selectNodeContents(one);
        const text = range.getBoundingClientRect();
        const over = getComputedStyle(one.parentElement).overflowX === 'hidden' && text.right > box.right + 1;
        return wide || high || over;
      })
      .map(name),

    scrollsSideways: () => document.documentElement.scrollWidth > innerWidth,

    /** What is focused: its name, whether the ring is there, and whether it can be seen. */
    focused: () => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const style = getComputedStyle(one);
      one.dataset.reached = '1';
      return { name: name(one), ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, seen: isOnTop(one) !== false };
    },

    /** What a Tab ought to reach and did not. */
    missed: () => controls().filter((one) => one.tabIndex >= 0 && !one.dataset.reached).map(name),

    /** Starts to write down what screen readers are told by themselves. */
    listen: () => {
      window.told = [];
      const watcher = new MutationObserver((changes) => changes.forEach(({ target }) => {
        const region = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest('[role=status], [role=alert], [aria-live]');
        if (region) window.told.push(`${name(region)}: ${region.textContent}`);
      }));
      watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
    },
  };
})();
