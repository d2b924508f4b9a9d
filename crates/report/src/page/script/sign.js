// Signs of a legend, and a figure as a file of its own.

/** The sign of a series as a small picture. */
function drawSign(sign) {
  if (!sign) return "";
  const node = svg("svg", {
    class: "sign",
    width: 26,
    height: 14,
    viewBox: "0 0 26 14",
    "aria-hidden": "true",
  });
  if (sign.band) {
    node.append(svg("rect", { class: paint(sign.band, "fill"), width: 26, height: 14, "fill-opacity": 0.3 }));
  }
  if (sign.pen)
    node.append(svg("path", { class: paint(sign.pen.c, "stroke"), ...stroke(sign.pen, 2), d: "M0 7h26" }));
  if (sign.style) node.append(shape(sign.style, SHAPES[sign.style.shape](13, 7, Math.min(6, sign.style.r))));
  return node;
}

/** What the colours of a field mean. */
function drawBar(bar) {
  const [width, height, tip] = [300, 12, 9];
  const [left, after] = bar.ends.map((text) => (text ? widthOf(text, TICK) + tip + 5 : 0));
  const right = width - after;
  const step = (right - left) / bar.colors.length;
  const write = (x, y, anchor, text) =>
    svg("text", { x, y, "text-anchor": anchor, "font-size": TICK }, text);
  const cells = bar.colors.map((fill, i) =>
    svg("rect", { x: left + i * step, width: step + 0.5, height, fill }),
  );
  const end = (text, x, out, anchor, fill) =>
    text && [
      svg("path", { fill, d: `M${x} 0v${height}L${x + out * tip} ${height / 2}Z` }),
      write(x + out * (tip + 4), height - 2, anchor, text),
    ];
  const tips = [
    end(bar.ends[0], left, -1, "end", bar.colors[0]),
    end(bar.ends[1], right, 1, "start", bar.colors[bar.colors.length - 1]),
  ];
  const ticks = ticksOf(bar.log, bar.range, 4).map(([place, text]) => {
    const x = left + ((place - bar.range[0]) / (bar.range[1] - bar.range[0])) * (right - left);
    return write(x, height + 15, x < 12 ? "start" : x > width - 12 ? "end" : "middle", text);
  });
  const view = { viewBox: `0 0 ${width} ${height + 20}`, width, height: height + 20 };
  return el("div", { class: "bar-of-colors" }, bar.label, svg("svg", view, cells, tips.flat(), ticks));
}

/** Title, legend, bar of colours and panels as the text of an SVG file, in the colours of white paper. */
function standalone(title, entries, bar, drawn) {
  const first = drawn[0].box.offsetParent
    ? drawn[0].box.parentElement.getBoundingClientRect()
    : { left: 0, top: 0 };
  const width = Math.max(
    ...drawn.map(({ box, node }) => box.offsetLeft - drawn[0].box.offsetLeft + node.clientWidth),
  );
  const parts = [];
  let y = 8;
  for (const line of wrapped(title, 16, width)) {
    parts.push(svg("text", { x: 0, y: (y += 18), "font-size": 16 }, line));
  }
  let x = 0;
  y += 10;
  for (const entry of entries) {
    const need = 48 + widthOf(entry.text, TICK);
    if (x + need > width && x > 0) [x, y] = [0, y + 20];
    const sign = drawSign(entry.sign);
    if (sign) parts.push(svg("g", { transform: `translate(${x} ${y})` }, ...sign.childNodes));
    parts.push(svg("text", { x: x + (sign ? 32 : 0), y: y + 11, "font-size": TICK }, entry.text));
    x += need;
  }
  if (entries.length) y += 24;
  if (bar) {
    const [label, colors] = [bar.firstChild.textContent, bar.querySelector("svg")];
    for (const line of wrapped(label, TICK, width)) {
      parts.push(svg("text", { x: 0, y: (y += 15), "font-size": TICK }, line));
    }
    const copies = colors.cloneNode(true).childNodes;
    parts.push(svg("g", { transform: `translate(0 ${(y += 6)})` }, ...copies));
    y += colors.viewBox.baseVal.height + 6;
  }
  let foot = y;
  for (const { box, node, panel } of drawn) {
    const bounds = box.getBoundingClientRect();
    const [left, top] = [bounds.left - first.left, y + bounds.top - first.top];
    if (panel.title)
      parts.push(svg("text", { x: left, y: top + 14, "font-size": LABEL }, panel.title.split("\n")[0]));
    const copy = node.cloneNode(true);
    copy.querySelectorAll(".here, .selection").forEach((mark) => mark.remove());
    parts.push(
      svg("g", { transform: `translate(${left} ${top + (panel.title ? 22 : 0)})` }, ...copy.childNodes),
    );
    foot = Math.max(foot, top + (panel.title ? 22 : 0) + node.clientHeight);
  }
  const view = { viewBox: `-10 0 ${width + 20} ${foot + 10}`, width: width + 20, height: foot + 10 };
  const font = { "font-family": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" };
  const paper = svg("rect", { x: -10, width: width + 20, height: foot + 10, fill: "#ffffff" });
  const root = svg("svg", { ...view, ...font, xmlns: SVG }, paper, ...parts);
  const place = el("div", { class: "on-paper" }, root);
  document.body.append(place);
  for (const node of root.querySelectorAll("*")) {
    const style = getComputedStyle(node);
    for (const name of node.tagName === "text" ? ["fill"] : ["fill", "stroke", "stroke-width", "opacity"]) {
      if (node !== paper && node.tagName !== "g") node.setAttribute(name, style.getPropertyValue(name));
    }
    node.removeAttribute("class");
  }
  place.remove();
  return new XMLSerializer().serializeToString(root);
}
