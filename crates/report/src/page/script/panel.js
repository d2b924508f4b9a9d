// One pair of axes and its marks, drawn for a width, a scale and a part of the axes.

const TICK = 12;
const LABEL = 13;
const LEADING = 16;
let clips = 0;

/**
 * Draws a panel. `view`: `width` in pixels; `log`: {x, y}, which scales differ from those of the figure;
 * `zoom`: {x, y}, ranges of places, or null; `hidden`: the series that are not shown; `images`: pictures of
 * the figure. Returns the `node`, the `frame` and the `targets`: places that can be read.
 */
function drawPanel(panel, view) {
  const scales = { x: scaleOf(panel.x, view.log?.x), y: scaleOf(panel.y, view.log?.y) };
  const shown = panel.marks.filter(
    (mark) => mark.s === null || mark.s === undefined || !view.hidden?.has(mark.s),
  );
  const places = {
    x: view.zoom?.x ?? (view.log?.x ? onOtherScale(panel, scales, 0) : panel.x.range),
    y: view.zoom?.y ?? (view.log?.y ? onOtherScale(panel, scales, 1) : panel.y.range),
  };
  const isBare = panel.aspect === "pixels";
  const words = isBare ? null : wordsOf(panel, scales, places, view.width, shown);
  const margin = isBare ? { left: 0, top: 0, right: 0, bottom: 0 } : words.margin;
  const width = Math.max(40, view.width - margin.left - margin.right);
  const height = heightOf(panel, width, places, view.height, words);
  const frame = {
    left: margin.left,
    top: margin.top,
    width,
    height,
    places,
    scales,
    x: (value) => margin.left + ((scales.x.of(value) - places.x[0]) / (places.x[1] - places.x[0])) * width,
    y: (value) => margin.top + ((places.y[1] - scales.y.of(value)) / (places.y[1] - places.y[0])) * height,
  };
  frame.numbers = sizeOfNumbers(panel, frame);
  const total = margin.top + height + margin.bottom;
  const node = svg("svg", {
    viewBox: `0 0 ${view.width} ${total}`,
    width: view.width,
    height: total,
    class: "panel",
  });
  if (!isBare) node.append(grid(panel, frame, words));
  const clip = `clip-${clips++}`;
  const area = { x: margin.left, y: margin.top, width, height };
  node.append(svg("clipPath", { id: clip }, svg("rect", area)));
  // A field keeps its colours in the dark, and so does what is drawn on it.
  const isField = !isBare && panel.marks.some(({ t, text }) => t === "image" || (t === "cell" && text));
  const marks = svg("g", { "clip-path": `url(#${clip})`, class: isField ? "marks on-field" : "marks" });
  const share = Math.min(1, Math.max(0.6, width / 260));
  const images = [...(view.images ?? [])];
  for (const mark of panel.marks) {
    const image = mark.t === "image" ? images.shift() : null;
    if (shown.includes(mark)) marks.append(...(DRAW[mark.t]?.(mark, frame, share, image) ?? []));
  }
  node.append(marks);
  if (!isBare) node.append(axes(panel, frame, words), names(shown, frame));
  return { node, frame, targets: targetsOf(panel, shown, frame) };
}

/**
 * The size at which nearly all numbers in cells have room, or 0: a few of them alone would say more than the
 * others.
 */
function sizeOfNumbers(panel, frame) {
  const cells = panel.marks.filter((mark) => mark.t === "cell" && mark.text);
  const fits = (size) => (mark) => cellFits(mark, size, frame);
  const isEnough = (size) => cells.filter(fits(size)).length >= 0.9 * cells.length;
  return [TICK, TICK - 1, TICK - 2].find(isEnough) ?? 0;
}

/** Whether the number of a cell has room in it. */
function cellFits({ a, text }, size, frame) {
  const [width, height] = [frame.x(a[1]) - frame.x(a[0]), frame.y(a[2]) - frame.y(a[3])];
  return widthOf(text, size) + 4 <= width && size + 4 <= height;
}

function scaleOf(axis, isOther) {
  return axis.log !== Boolean(isOther) ? LOG : LINEAR;
}

/** The range of places on the scale that is not the figure's: its own ends where it has some that fit. */
function onOtherScale(panel, scales, axis) {
  const [own, scale] = axis === 0 ? [panel.x, scales.x] : [panel.y, scales.y];
  const seen = hull(panel, scales, axis);
  if (!own.held) return seen;
  const ends = own.range.map((place) => scale.of((own.log ? LOG : LINEAR).at(place)));
  return ends.map((end, i) => (Number.isFinite(end) ? end : seen[i]));
}

/** The range of places of all that is seen, with a little room. */
function hull(panel, scales, axis) {
  const scale = axis === 0 ? scales.x : scales.y;
  let [low, high] = [Infinity, -Infinity];
  for (const mark of panel.marks) {
    for (const corner of corners(mark)) {
      const place = corner[axis] === null ? NaN : scale.of(corner[axis]);
      if (Number.isFinite(place)) [low, high] = [Math.min(low, place), Math.max(high, place)];
    }
  }
  if (low > high) return [0, 1];
  const room = high > low ? 0.04 * (high - low) : 0.5 * Math.max(0.1, Math.abs(low));
  return [low - room, high + room];
}

/** Places that a mark must have room for. */
function corners(mark) {
  const triples = (turn) => chunks(mark.b, 3).flatMap(([at, ...ends]) => ends.map((end) => turn(at, end)));
  if (mark.t === "line" || mark.t === "points") return chunks(mark.p, 2);
  if (mark.t === "bars" || mark.t === "band") return triples((at, end) => [at, end]);
  if (mark.t === "rows") return triples((at, end) => [end, at]);
  if (mark.t === "cell" || mark.t === "image")
    return [
      [mark.a[0], mark.a[2]],
      [mark.a[1], mark.a[3]],
    ];
  return [];
}

function chunks(list, n) {
  const parts = [];
  for (let i = 0; i + n <= list.length; i += n) parts.push(list.slice(i, i + n));
  return parts;
}

function heightOf(panel, width, places, wanted, words) {
  const [x, y] = [places.x[1] - places.x[0], places.y[1] - places.y[0]];
  if (wanted) return wanted;
  if (typeof panel.aspect === "number") {
    // On a narrow screen names are broken into more lines.
    const lines = panel.y.names ? Math.max(...words.left.map(([, lines]) => lines.length)) : 0;
    return lines > 2 ? Math.max(panel.aspect, words.left.length * (14 * lines + 6)) : panel.aspect;
  }
  if (panel.aspect === "free") return Math.min(400, Math.max(190, 0.62 * width));
  return Math.min((width * y) / x, panel.aspect === "equal" ? 2 * width : Infinity);
}

/** Ticks and the lines of labels, with the space that they take. */
function wordsOf(panel, scales, places, width, shown) {
  const room = Math.min(230, 0.42 * width);
  const left = panel.y.names
    ? panel.y.names.map((name, i) => [i, wrapped(name.replaceAll("\n", " "), TICK, room)])
    : ticksOf(scales.y === LOG, places.y, 6).map(([place, text]) => [place, [text]]);
  const widest = Math.max(...left.flatMap(([, lines]) => lines.map((line) => widthOf(line, TICK))), 10);
  const ends = shown.filter(isNamed(shown));
  const right = ends.length ? Math.max(...ends.map((mark) => widthOf(mark.text, TICK))) + 22 : 16;
  const inner = width - widest - right - 16;
  const label = { x: wrapped(panel.x.label, LABEL, width - 20), y: wrapped(panel.y.label, LABEL, width - 8) };
  const below = ticksBelow(panel.x, scales.x, places.x, inner);
  const texts = below.ticks.flatMap(([, text]) => text.split("\n"));
  const tall = below.isUpright ? Math.max(...texts.map((text) => widthOf(text, TICK))) : TICK;
  const margin = {
    left: widest + 14,
    right,
    top: (panel.y.label ? label.y.length * LEADING : 0) + 8,
    bottom: tall + 12 + label.x.length * LEADING,
  };
  return { left, below, label, margin, tall };
}

/** The swept values where all have room, else round numbers; names that have none read upwards. */
function ticksBelow(axis, scale, [low, high], width) {
  const at = (place) => ((place - low) / (high - low)) * width;
  const fit = (ticks) =>
    ticks.every(([place, text], i) => {
      if (i === 0) return true;
      return (
        at(place) - at(ticks[i - 1][0]) >= (widthOf(text, TICK) + widthOf(ticks[i - 1][1], TICK)) / 2 + 8
      );
    });
  if (axis.names) {
    const ticks = axis.names.map((name, i) => [i, name.replaceAll("\n", " ")]);
    if (fit(ticks)) return { ticks, isUpright: false };
    const apart = Math.max(1e-9, at(1) - at(0));
    const every = Math.max(1, Math.ceil(15 / apart));
    const broken = ([place, text]) => {
      const lines = wrapped(text, TICK, 160);
      return [place, 15 * lines.length <= apart ? lines.join("\n") : text];
    };
    return { ticks: ticks.filter((_, i) => i % every === 0).map(broken), isUpright: true };
  }
  const given = (axis.ticks ?? []).map(([x, text]) => [scale.of(x), text]);
  const inside = given.filter(([place]) => place >= low && place <= high);
  const isEnough = inside.length > 0 && inside.length >= Math.min(2, given.length);
  if (isEnough && fit(inside)) return { ticks: inside, isUpright: false };
  const round = ticksOf(scale === LOG, [low, high], Math.max(2, width / 75));
  return { ticks: fit(round) ? round : round.filter((_, i) => i % 2 === 0), isUpright: false };
}

function grid(panel, frame, words) {
  const { left, top, width, height, places } = frame;
  const column = (place) => left + ((place - places.x[0]) / (places.x[1] - places.x[0])) * width;
  const row = (place) => top + ((places.y[1] - place) / (places.y[1] - places.y[0])) * height;
  const inRows = (place) => place >= places.y[0] && place <= places.y[1];
  words.columns = words.below.ticks.map(([place, text]) => [column(place), text]);
  words.rows = words.left.filter(([place]) => inRows(place)).map(([place, lines]) => [row(place), lines]);
  const vertical = words.columns.map(([x]) => `M${x} ${top}v${height}`);
  const horizontal = words.rows.map(([y]) => `M${left} ${y}h${width}`);
  return svg("path", { class: "grid", d: vertical.concat(horizontal).join("") });
}

function axes(panel, frame, words) {
  const { left, top, width, height } = frame;
  const foot = top + height;
  const group = svg("g", { class: "axes" }, svg("rect", { x: left, y: top, width, height, class: "frame" }));
  for (const [x, text] of words.columns) {
    group.append(svg("path", { class: "tick", d: `M${x} ${foot}v4` }));
    const lines = words.below.isUpright ? text.split("\n") : [text];
    lines.forEach((line, i) => {
      const beside = x + 4 + 14 * (i - (lines.length - 1) / 2);
      const upright = { transform: `translate(${beside} ${foot + 8}) rotate(-90)`, "text-anchor": "end" };
      const flat = { x, y: foot + 7 + TICK - 2, "text-anchor": "middle" };
      group.append(svg("text", { ...(words.below.isUpright ? upright : flat), "font-size": TICK }, line));
    });
  }
  for (const [y, lines] of words.rows) {
    group.append(svg("path", { class: "tick", d: `M${left} ${y}h-4` }));
    lines.forEach((line, i) => {
      const at = { x: left - 7, y: y + 4 + 14 * (i - (lines.length - 1) / 2) };
      group.append(svg("text", { ...at, "text-anchor": "end", "font-size": TICK }, line));
    });
  }
  words.label.x.forEach((line, i) => {
    // Below a short axis a long label begins further to the left.
    const half = widthOf(line, LABEL) / 2;
    const middle = Math.min(
      Math.max(left + width / 2, half + 4),
      left + width + words.margin.right - half - 2,
    );
    const at = { x: middle, y: foot + words.tall + 10 + LEADING * i + LABEL };
    group.append(svg("text", { ...at, "text-anchor": "middle", "font-size": LABEL }, line));
  });
  words.label.y.forEach((line, i) => {
    group.append(svg("text", { x: 2, y: LABEL + LEADING * i, "font-size": LABEL, class: "y-label" }, line));
  });
  return group;
}

/** Which marks name a line at its end: all, unless there are so many that the legend alone is clearer. */
function isNamed(shown) {
  const isEnd = (mark) => mark.t === "end";
  return shown.filter(isEnd).length > 6 ? () => false : isEnd;
}

/** Names at the ends of lines, none over another. */
function names(shown, frame) {
  const ends = shown.filter(isNamed(shown)).map((mark) => ({ mark, y: frame.y(mark.at[1]) }));
  const inside = ends.filter(({ y }) => y >= frame.top - 1 && y <= frame.top + frame.height + 1);
  inside.sort((a, b) => a.y - b.y);
  const right = frame.left + frame.width;
  let last = -Infinity;
  inside.forEach((end) => (last = end.row = Math.max(end.y, last + 15)));
  let next = Math.max(last, frame.top + frame.height);
  next = Math.min(next, frame.top + frame.height) + 15;
  [...inside].reverse().forEach((end) => (next = end.row = Math.min(end.row, next - 15)));
  return svg(
    "g",
    {},
    inside
      .map(({ mark, y, row }) => [
        svg("path", {
          class: `${paint(mark.c, "stroke")} leader`,
          d: `M${right + 2} ${y}L${right + 14} ${row}`,
        }),
        svg("text", { x: right + 17, y: row + 4, "font-size": TICK }, mark.text),
      ])
      .flat(),
  );
}
