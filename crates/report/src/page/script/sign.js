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

/** Title, legend and panels as the text of an SVG file, in the colours of white paper. */
function standalone(title, entries, drawn) {
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
