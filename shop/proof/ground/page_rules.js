// What a page is asked in the browser. Each answers with what is amiss; page_rules.py says when.
({
  settle: async () => {
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
  },
  tooWide: () => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    // What scrolls within a box of its own is not what makes the page wide.
    const scrolls = (one) => one !== null && one !== document.body
      && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
    return [...document.body.querySelectorAll("*")]
      .filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1)
      .filter((one) => !scrolls(one.parentElement))
      .slice(0, 5)
      .map((one) => `wider than ${root.clientWidth}: ${one.tagName} ${one.className}`);
  },
  // Text that is cut off: a box that hides what does not fit, and does not fit it.
  cutOff: () => [...document.querySelectorAll("main *, header *, footer *")]
    .filter((one) => {
      const style = getComputedStyle(one);
      if (style.visibility === "hidden" || one.closest(".visually-hidden, svg, select")) return false;
      if (!["hidden", "clip"].includes(style.overflowY) || style.textOverflow === "ellipsis") return false;
      if (one.clientHeight < 8 || style.webkitLineClamp !== "none") return false;
      return one.innerText?.trim() && one.scrollHeight > one.clientHeight + 4;
    })
    .slice(0, 5)
    .map((one) => `cut off: ${one.tagName} ${one.className}`),
  // A link that breaks over lines is where its lines are. Points of a drawn map stand where the
  // places are; the list beside it has the same links.
  overlapping: (reach) => {
    const seen = [...document.querySelectorAll(reach)].filter((one) => {
      const style = getComputedStyle(one);
      return one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && style.position !== "fixed" && style.clipPath === "none"
        && !one.closest(".skip-link, header, .frame-nav, svg") && one.tabIndex >= 0;
    });
    const boxes = seen.map((one) => ({
      one,
      lines: [...one.getClientRects()].filter((box) => box.width > 1 && box.height > 1),
    }));
    const least = (list) => Math.min(...list.map((box) => box.width * box.height));
    const cross = (a, b) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      return wide > 1 && high > 1 && wide * high > least([a, b]) / 4;
    };
    const found = [];
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        if (found.length > 4) return found;
        if (a.one.contains(b.one) || b.one.contains(a.one)) continue;
        if (a.lines.some((one) => b.lines.some((other) => cross(one, other)))) {
          const [first, second] = [a, b].map(({ one }) => one.outerHTML.slice(0, 80));
          found.push(`overlap: ${first} and ${second}`);
        }
      }
    }
    return found;
  },
  moving: () => {
    const found = [...document.querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      const moves = (list) => list.split(",").some((time) => parseFloat(time) > 0);
      return (style.animationName !== "none" && moves(style.animationDuration))
        || (style.transitionProperty !== "none" && moves(style.transitionDuration))
        || style.scrollBehavior === "smooth";
    });
    return found.slice(0, 5).map((one) => `moves: ${one.tagName} ${one.className}`);
  },
  // A picture without a size, or without a word (an empty one says: it only decorates).
  pictures: () => [...document.images]
    .filter((one) => !(one.getAttribute("width") && one.getAttribute("height") && one.hasAttribute("alt")))
    .map((one) => `picture without size or alt: ${one.outerHTML.slice(0, 120)}`),
  errors: () => [...document.querySelectorAll("[aria-invalid=true]")]
    .filter((one) => !(one.getAttribute("aria-describedby") ?? "").split(" ")
      .some((id) => document.getElementById(id)?.textContent.trim()))
    .map((one) => `no error beside: ${one.outerHTML.slice(0, 120)}`),
  frame: () => {
    const found = [];
    const say = (text, is) => is || found.push(text);
    say("no language", /^(zh-CN|en)$/.test(document.documentElement.lang));
    say("no title", document.title.trim().length > 3);
    say("not one h1", document.querySelectorAll("h1").length === 1);
    say("not one main", document.querySelectorAll("main").length === 1);
    say("a tabindex above zero", !document.querySelector("[tabindex]:not([tabindex='0'], [tabindex='-1'])"));
    let before = 1;
    for (const one of document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")) {
      const level = Number(one.tagName[1]);
      say(`heading ${one.tagName} after h${before}: ${one.textContent.trim()}`, level <= before + 1);
      before = level;
    }
    return found;
  },
  focused: () => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect();
    const inside = (x, y) => {
      const top = document.elementFromPoint(x, y);
      return top && (one.contains(top) || top.contains(one) || top.closest("label")?.control === one);
    };
    const marked = (part, pseudo) => {
      const style = getComputedStyle(part, pseudo);
      return parseFloat(style.outlineWidth) >= 1 && style.outlineStyle !== "none";
    };
    const drawn = (circle) => circle && parseFloat(getComputedStyle(circle).strokeWidth) >= 5;
    const points = [[0.5, 0.5], [0.1, 0.1], [0.9, 0.9], [0.1, 0.9], [0.9, 0.1]]
      .map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
    if (!one.dataset.stop) one.dataset.stop = String((window.stops = (window.stops ?? 0) + 1));
    return {
      what: one.outerHTML.slice(0, 100),
      stop: one.dataset.stop,
      isSeen: box.width > 0 && box.height > 0 && points.some(([x, y]) => inside(x, y)),
      isMarked: marked(one) || marked(one, "::after") || drawn(one.querySelector("circle")),
    };
  },
})
