// How each kind of mark is drawn, and what can be read at it.

const DRAW = {
  line(mark, frame) {
    const points = chunks(mark.p, 2)
      .map(([x, y]) => [frame.x(x), frame.y(y)])
      .filter(isPlace);
    if (points.length < 2) return [];
    const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    return [svg("path", { class: `line ${paint(mark.pen.c, "stroke")}`, ...stroke(mark.pen, mark.w), d })];
  },
  points(mark, frame, share) {
    const { style } = mark;
    const points = chunks(mark.p, 2)
      .map(([x, y]) => [frame.x(x), frame.y(y)])
      .filter(isPlace);
    const d = points.map(([x, y]) => SHAPES[style.shape](x, y, style.r * share)).join("");
    return d ? [shape(style, d, share)] : [];
  },
  edge(mark, frame, share) {
    const { style } = mark;
    const place = (at) =>
      ({
        head: [frame.x(at), frame.top + style.r + 3],
        foot: [frame.x(at), frame.top + frame.height - style.r - 3],
        left: [frame.left + style.r + 3, frame.y(at)],
      })[mark.side];
    const d = mark.at
      .map(place)
      .filter(isPlace)
      .map(([x, y]) => SHAPES[style.shape](x, y, style.r * share))
      .join("");
    return d ? [shape(style, d, share)] : [];
  },
  bars(mark, frame) {
    const foot = frame.top + frame.height;
    const bar = ([x, low, high]) => {
      const column = frame.x(x);
      const [top, bottom] = [end(frame.y, high, frame.top), end(frame.y, low, foot)];
      return Number.isFinite(column)
        ? `M${column} ${top}V${bottom}M${column - 4} ${top}h8M${column - 4} ${bottom}h8`
        : "";
    };
    return [
      svg("path", { class: `bars ${paint(mark.c, "stroke")}`, d: chunks(mark.b, 3).map(bar).join("") }),
    ];
  },
  rows(mark, frame) {
    const far = frame.left + frame.width;
    const bar = ([y, low, high]) => {
      const row = frame.y(y);
      const [left, right] = [end(frame.x, low, frame.left), end(frame.x, high, far)];
      return `M${left} ${row}H${right}M${left} ${row - 4}v8M${right} ${row - 4}v8`;
    };
    return [
      svg("path", { class: `bars ${paint(mark.c, "stroke")}`, d: chunks(mark.b, 3).map(bar).join("") }),
    ];
  },
  band(mark, frame) {
    const foot = frame.top + frame.height;
    const ends = chunks(mark.b, 3).filter(([x]) => Number.isFinite(frame.x(x)));
    const upper = ends.map(([x, , high]) => [frame.x(x), end(frame.y, high, frame.top)]);
    const lower = ends.map(([x, low]) => [frame.x(x), end(frame.y, low, foot)]).reverse();
    const d = [...upper, ...lower]
      .map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`)
      .join("");
    return ends.length > 1
      ? [svg("path", { class: paint(mark.c, "fill"), "fill-opacity": mark.o, d: `${d}Z` })]
      : [];
  },
  cell(mark, frame) {
    const [x0, x1, y0, y1] = [frame.x(mark.a[0]), frame.x(mark.a[1]), frame.y(mark.a[2]), frame.y(mark.a[3])];
    const space = Math.min(x1 - x0, y0 - y1) > 8 ? 0.75 : 0;
    const [width, height] = [x1 - x0 - 2 * space, y0 - y1 - 2 * space];
    if (!(width > 0 && height > 0)) return [];
    const area = { x: x0 + space, y: y1 + space, width, height };
    // A cell with a number in it has a colour that means a value, in the dark too.
    const color = mark.text ? { fill: mark.c } : { class: paint(mark.c, "fill") };
    const parts = [svg("rect", { ...area, ...color })];
    const size = frame.numbers;
    if (mark.text && size && cellFits(mark, size, frame)) {
      const at = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 + 4, "text-anchor": "middle", "font-size": size };
      parts.push(svg("text", { ...at, class: mark.dark ? "on-dark" : "on-light" }, mark.text));
    }
    return parts;
  },
  segments(mark, frame, share) {
    const piece = ([x0, y0, x1, y1]) => [frame.x(x0), frame.y(y0), frame.x(x1), frame.y(y1)];
    const pieces = chunks(mark.p, 4)
      .map(piece)
      .filter((ends) => ends.every(Number.isFinite));
    const d = pieces
      .map(([a, b, c, e]) => `M${a.toFixed(1)} ${b.toFixed(1)}L${c.toFixed(1)} ${e.toFixed(1)}`)
      .join("");
    const width = mark.w * share;
    return [
      svg("path", { class: paint(mark.c, "stroke"), "stroke-width": width, "stroke-linecap": "round", d }),
    ];
  },
  image(mark, frame, share, href) {
    const [x0, x1, y0, y1] = [frame.x(mark.a[0]), frame.x(mark.a[1]), frame.y(mark.a[2]), frame.y(mark.a[3])];
    const area = { x: x0, y: y1, width: x1 - x0, height: y0 - y1, preserveAspectRatio: "none" };
    return href ? [svg("image", { ...area, href, class: mark.smooth ? null : "squares" })] : [];
  },
  text(mark, frame) {
    const [x, y] = [frame.x(mark.at[0]), frame.y(mark.at[1])];
    return [svg("text", { x, y, "text-anchor": mark.anchor, "font-size": TICK }, mark.text)];
  },
};

const SHAPES = {
  circle: (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  square: (x, y, r) => `M${x - 0.9 * r} ${y - 0.9 * r}h${1.8 * r}v${1.8 * r}h${-1.8 * r}Z`,
  triangle: (x, y, r) => `M${x} ${y - 1.2 * r}l${1.1 * r} ${2 * r}h${-2.2 * r}Z`,
  diamond: (x, y, r) =>
    `M${x} ${y - 1.25 * r}l${1.25 * r} ${1.25 * r}l${-1.25 * r} ${1.25 * r}l${-1.25 * r} ${-1.25 * r}Z`,
  nabla: (x, y, r) => `M${x} ${y + 1.2 * r}l${1.1 * r} ${-2 * r}h${-2.2 * r}Z`,
  plus: (x, y, r) => {
    const [arm, half] = [1.15 * r, 0.42 * r];
    const [out, across] = [arm - half, 2 * half];
    const right = `h${across}v${out}h${out}v${across}h${-out}v${out}`;
    const left = `h${-across}v${-out}h${-out}v${-across}h${out}`;
    return `M${x - half} ${y - arm}${right}${left}Z`;
  },
  cross: (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x - r} ${y + r}l${2 * r} ${-2 * r}`,
};

/** A point of a style as an element. */
function shape(style, d, share = 1) {
  if (style.shape === "cross") {
    return svg("path", { class: paint(style.c, "stroke"), "stroke-width": Math.max(2, style.ew * share), d });
  }
  const edge = style.ew > 0 ? { "stroke-width": style.ew } : {};
  const classes =
    style.ew > 0 ? `${paint(style.c, "fill")} ${paint(style.edge, "stroke")}` : paint(style.c, "fill");
  return svg("path", { class: classes, ...edge, d });
}

function stroke(pen, width) {
  return {
    "stroke-width": width,
    "stroke-dasharray": pen.dash.length ? pen.dash.join(" ") : null,
    fill: "none",
  };
}

function isPlace([x, y]) {
  return Number.isFinite(x) && Number.isFinite(y);
}

/** The pixel of an end; where it has none, the end of the axis. */
function end(along, value, otherwise) {
  const pixel = value === null ? NaN : along(value);
  return Number.isFinite(pixel) ? pixel : otherwise;
}

/**
 * Places that can be read, from left to right: pixel, numbers, series, interval and runs. Lines that only
 * join points are not asked again.
 */
function targetsOf(panel, shown, frame) {
  const targets = [];
  const hasPoints = new Set(shown.filter((mark) => mark.t === "points").map((mark) => mark.s));
  const inRows = Boolean(panel.y.names);
  for (const mark of shown) {
    const isLine =
      mark.t === "line" && !(mark.s !== null && hasPoints.has(mark.s)) && mark.pen.c !== "#c8c8c8";
    if (mark.t !== "points" && !isLine) continue;
    for (const [x, y] of chunks(mark.p, 2)) {
      const at = [frame.x(x), frame.y(y)];
      if (isPlace(at)) targets.push({ at, x, y, s: mark.s, isLine, inRows, runs: [], of: null });
    }
  }
  const isInterval = (mark) => ["bars", "rows", "band"].includes(mark.t);
  // Bars come after the bands of test sets, and say more of a mean.
  const intervals = shown.filter(isInterval).map((mark) => ({ mark, ends: chunks(mark.b, 3) }));
  for (const target of targets) {
    const own = inRows ? target.y : target.x;
    for (const { mark, ends } of intervals.filter(({ mark }) => mark.s === target.s)) {
      const [at, low, high] = nearest(ends, own) ?? [];
      const isBand = mark.t === "band";
      if (at !== undefined && (isBand ? target.isLine : near(at, own))) target.interval = [low, high, isBand];
    }
  }
  const places = new Places(targets);
  for (const mark of shown.filter((mark) => mark.t === "reading")) {
    const [x, y] = [frame.x(mark.at[0]), frame.y(mark.at[1])];
    const found = places.find([x, y]);
    if (found) Object.assign(found, { of: mark.of, runs: mark.runs });
    else if (isPlace([x, y])) {
      const isIn = ({ t, a }) =>
        t === "cell" && a[0] < mark.at[0] && mark.at[0] < a[1] && a[2] < mark.at[1] && mark.at[1] < a[3];
      const text = shown.find(isIn)?.text || null;
      const cell = { at: [x, y], x: null, y: null, s: null, isLine: false, inRows };
      const target = { ...cell, text, of: mark.of, runs: mark.runs };
      targets.push(target);
      places.add(target);
    }
  }
  // All of a line is made of the runs that stand behind its end.
  const behind = new Map(
    targets.filter((target) => target.isLine && target.of).map((target) => [target.s, target]),
  );
  for (const target of targets.filter(({ isLine, s }) => isLine && s !== null)) {
    const last = behind.get(target.s);
    if (last) Object.assign(target, { of: last.of, runs: last.runs });
  }
  return targets.sort((a, b) => a.at[0] - b.at[0]);
}

/** Targets by the pixel that they are in, so that one is found among thousands. */
class Places {
  constructor(targets) {
    this.pixels = new Map();
    this.n = 0;
    targets.forEach((target) => this.add(target));
  }

  add(target) {
    const key = target.at.map(Math.round).join();
    const own = { target, i: this.n++ };
    if (this.pixels.has(key)) this.pixels.get(key).push(own);
    else this.pixels.set(key, [own]);
  }

  /** The first that was added at a place. */
  find([x, y]) {
    let best = null;
    for (const dx of [-1, 0, 1]) {
      for (const dy of [-1, 0, 1]) {
        for (const own of this.pixels.get([Math.round(x) + dx, Math.round(y) + dy].join()) ?? []) {
          const [a, b] = own.target.at;
          if (Math.hypot(a - x, b - y) < 0.6 && !(best?.i < own.i)) best = own;
        }
      }
    }
    return best?.target;
  }
}

/** Of ends whose places ascend, or of a few, those nearest to a place. */
function nearest(ends, place) {
  let [low, high] = [0, ends.length - 1];
  while (high - low > 30) {
    const middle = (low + high) >> 1;
    if (ends[middle][0] <= place) low = middle;
    else high = middle;
  }
  let best = ends[low];
  for (const end of ends.slice(low, high + 1)) {
    if (Math.abs(end[0] - place) < Math.abs(best[0] - place)) best = end;
  }
  return best;
}

function near(a, b) {
  return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b), 1e-300);
}
