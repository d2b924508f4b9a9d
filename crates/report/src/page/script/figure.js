// Figures to look into: values under the pointer, series to toggle, scales, a part of the axes, and
// downloads.

const HELP = "Arrow keys go from point to point, Enter opens its runs; drag over a part to see it larger.";

/** The width of the text on A4 in pixels of panels, which the style makes smaller there. */
const PAPER = 860;

/**
 * Puts a figure that is drawn for the page's width in place of the drawing that is there without the script.
 */
class LiveFigure {
  constructor(plot) {
    this.plot = plot;
    this.figure = document.getElementById(plot.id);
    this.title = this.figure.querySelector("h3").textContent;
    const drawing = this.figure.querySelector(".drawing");
    this.describedBy = drawing.querySelector("desc").textContent;
    const images = [...drawing.querySelectorAll("image")].map((image) => image.getAttribute("href"));
    // The colours of a bar are the first picture of the drawing.
    this.images = plot.bar ? images.slice(1) : images;
    this.state = { hidden: new Set(), log: { x: false, y: false }, zoom: plot.panels.map(() => null) };
    this.panels = el("div", { class: "panels" });
    this.tip = el("div", { class: "tip", role: "status", hidden: true });
    this.legend = this.drawLegend();
    this.note = el("p", { class: "muted note", role: "status" });
    this.bar = plot.bar && drawBar(plot.bar);
    const live = el(
      "div",
      { class: "live" },
      this.toolbar(),
      this.legend,
      this.bar,
      this.note,
      this.panels,
      this.tip,
    );
    drawing.replaceWith(live);
    this.draw();
    let width = this.panels.clientWidth;
    new ResizeObserver(() => {
      if (!this.isOnPaper && this.panels.clientWidth !== width) {
        width = this.panels.clientWidth;
        this.draw();
      }
    }).observe(this.panels);
    addEventListener("beforeprint", () => this.printed(true));
    addEventListener("afterprint", () => this.printed(false));
    document.addEventListener("pointerdown", (event) => {
      if (this.pinned && !this.tip.contains(event.target)) this.hide();
    });
  }

  // What stands above the panels.

  toolbar() {
    const can = (axis) =>
      this.plot.panels.every((panel) => {
        const isDrawn = panel.marks.some((mark) => ["cell", "image", "segments", "text"].includes(mark.t));
        return !isDrawn && !panel[axis].names && ["free", "number"].includes(numberOr(panel.aspect));
      });
    const scale = (axis, name) => {
      const text = () =>
        `${name}: ${this.plot.panels[0][axis].log !== this.state.log[axis] ? "log" : "linear"}`;
      const onclick = () => {
        this.state.log[axis] = !this.state.log[axis];
        this.state.zoom.fill(null);
        button.textContent = text();
        this.draw();
      };
      const title = "Change between a linear and a logarithmic scale";
      const button = el("button", { type: "button", class: `scale-${axis}`, title, onclick }, text());
      return can(axis) ? button : null;
    };
    this.reset = el(
      "button",
      { type: "button", hidden: true, onclick: () => this.zoomed(null, null) },
      "Whole axes",
    );
    const file = (name, what) => el("button", { type: "button", class: "file", onclick: what }, name);
    return el(
      "div",
      { class: "toolbar", role: "group", "aria-label": `Tools of the figure ${this.title}` },
      scale("x", "horizontal"),
      scale("y", "vertical"),
      this.reset,
      el("span", { class: "space" }),
      el("span", { class: "files", role: "group", "aria-label": "Download" }, [
        file("SVG", () => download(`${this.plot.id}.svg`, this.standalone(), "image/svg+xml")),
        file("PNG", () => this.png()),
        file("CSV", () => download(`${this.plot.id}.csv`, this.csv(), "text/csv")),
      ]),
    );
  }

  /** Entries that name a series are buttons: a click hides it, with Shift or twice it is left alone. */
  drawLegend() {
    const named = new Set(this.plot.legend.map((entry) => entry.s));
    const unnamed = this.plot.series.map((text, s) => ({ text, s })).filter(({ s }) => !named.has(s));
    const marks = this.plot.panels.flatMap((panel) => panel.marks);
    const penOf = (s) => marks.find((mark) => mark.s === s && mark.t === "line")?.pen;
    const ends = unnamed.map((entry) => ({ ...entry, sign: { pen: penOf(entry.s) } }));
    this.entries = [...this.plot.legend, ...ends];
    const hasLongNames = this.plot.series.some((text) => text.length > 24);
    const drawn = this.entries.map((entry) => {
      if (entry.s === null) {
        const isHeading = !entry.sign && hasLongNames;
        return el("span", { class: isHeading ? "entry alone" : "entry" }, drawSign(entry.sign), entry.text);
      }
      const onclick = (event) => this.toggle(entry.s, event.shiftKey || event.detail > 1);
      const title = "Click to hide or show, twice to show it alone";
      const attributes = { type: "button", class: "entry", "aria-pressed": "true", title, onclick };
      return el("button", { ...attributes, "data-series": entry.s }, drawSign(entry.sign), entry.text);
    });
    const all = () => {
      this.state.hidden.clear();
      this.draw();
    };
    this.all = el("button", { type: "button", class: "all", hidden: true, onclick: all }, "Show all");
    return el("div", { class: "legend" }, drawn, this.all);
  }

  toggle(series, alone) {
    const { hidden } = this.state;
    const others = this.plot.series.map((_, s) => s).filter((s) => s !== series);
    if (alone) this.state.hidden = new Set(others);
    else if (!hidden.delete(series)) hidden.add(series);
    this.draw();
  }

  /** What the legend and the note say of what is not shown. */
  tellHidden() {
    const { hidden, log } = this.state;
    this.all.hidden = hidden.size === 0;
    for (const button of this.legend.querySelectorAll("[data-series]")) {
      button.setAttribute("aria-pressed", String(!hidden.has(Number(button.dataset.series))));
    }
    const off = (panel, axis, i) => {
      const isLog = panel[axis].log !== log[axis];
      const points = panel.marks.filter((mark) => mark.t === "points" || mark.t === "line");
      const values = points.flatMap((mark) => chunks(mark.p, 2).map((point) => point[i]));
      return isLog && log[axis] ? values.filter((value) => value <= 0).length : 0;
    };
    const lost = this.plot.panels.reduce((sum, panel) => sum + off(panel, "x", 0) + off(panel, "y", 1), 0);
    this.note.textContent = lost
      ? `${lost} points of 0 and below have no place on a logarithmic axis and are left out.`
      : "";
  }

  // The panels.

  draw() {
    this.hide();
    this.tellHidden();
    const n = this.plot.panels.length;
    const wanted = this.plot.columns ?? (n < 2 ? 1 : n === 2 || n === 4 ? 2 : 3);
    // On A4 two figures of one panel stand below each other.
    const ofPaper = wanted > 1 ? PAPER : 0.8 * PAPER;
    const room = this.isOnPaper ? ofPaper : this.panels.clientWidth || 640;
    const columns = Math.max(1, Math.min(wanted, n, Math.floor(room / 250)));
    const gap = 16;
    const width = Math.floor((room - gap * (columns - 1)) / columns);
    const images = [...this.images];
    this.drawn = this.plot.panels.map((panel, i) => {
      const count = panel.marks.filter((mark) => mark.t === "image").length;
      const own = images.splice(0, count);
      // Pictures side by side would be too small on a phone: there they scroll.
      const view = {
        width: panel.aspect === "pixels" ? Math.max(width, 720) : width,
        log: this.state.log,
        zoom: this.state.zoom[i],
        hidden: this.state.hidden,
        images: own,
      };
      const drawn = drawPanel(panel, view);
      const name =
        [this.title, panel.title].filter(Boolean).join(", ") + `. ${n === 1 ? this.describedBy : ""}`;
      const box = el("div", { class: "panel-box" });
      if (panel.title) box.append(el("p", { class: "panel-title" }, panel.title));
      const sheet = el("div", {
        class: "sheet",
        tabindex: "0",
        role: "group",
        "aria-label": `${name} ${HELP}`,
      });
      sheet.append(drawn.node);
      box.append(sheet);
      drawn.node.setAttribute("aria-hidden", "true");
      this.listen(sheet, drawn, panel, i);
      return { ...drawn, panel, box, sheet };
    });
    for (const { box } of this.drawn) box.style.width = `${width}px`;
    this.panels.replaceChildren(...this.drawn.map(({ box }) => box));
  }

  /** Draws it for a page of paper, or again for the screen. */
  printed(isOnPaper) {
    this.isOnPaper = isOnPaper;
    this.draw();
  }

  listen(sheet, drawn, panel, index) {
    const at = (event) => {
      const bounds = drawn.node.getBoundingClientRect();
      return [event.clientX - bounds.left, event.clientY - bounds.top];
    };
    let start = null;
    let current = -1;
    const show = (i) => {
      current = i;
      if (i >= 0) this.show(drawn.targets[i], sheet, panel);
      else this.hide();
    };
    sheet.addEventListener("pointermove", (event) => {
      if (start && event.pointerType !== "touch") this.select(drawn, start, at(event));
      else if (!this.pinned) show(nearestTo(drawn.targets, at(event)));
    });
    sheet.addEventListener("pointerleave", () => !this.pinned && show(-1));
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && panel.aspect !== "pixels") start = at(event);
    });
    sheet.addEventListener("pointerup", (event) => {
      const from = start;
      start = null;
      drawn.node.querySelector(".selection")?.remove();
      const to = at(event);
      if (from && event.pointerType !== "touch" && Math.hypot(to[0] - from[0], to[1] - from[1]) > 8) {
        this.zoomed(index, partOf(drawn.frame, from, to));
      } else {
        show(nearestTo(drawn.targets, to));
        if (current >= 0) this.open(drawn.targets[current], sheet, panel);
      }
    });
    sheet.addEventListener("dblclick", () => this.zoomed(null, null));
    sheet.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (step && drawn.targets.length) {
        event.preventDefault();
        show((current + step + drawn.targets.length) % drawn.targets.length);
      } else if (event.key === "Enter" && current >= 0) {
        this.open(drawn.targets[current], sheet, panel);
      } else if (event.key === "Escape") {
        show(-1);
      }
    });
    sheet.addEventListener("blur", () => !this.pinned && show(-1));
  }

  /** Marks the part of a panel that is going to be seen alone. */
  select(drawn, from, to) {
    this.hide();
    const [x, y] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
    const area = { x, y, width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) };
    drawn.node.querySelector(".selection")?.remove();
    drawn.node.append(svg("rect", { ...area, class: "selection" }));
  }

  /** Shows a part of one panel, or all of every panel. */
  zoomed(index, part) {
    if (index === null) this.state.zoom.fill(null);
    else this.state.zoom[index] = part;
    this.reset.hidden = this.state.zoom.every((zoom) => zoom === null);
    this.draw();
  }

  // What is read at a point.

  show(target, sheet, panel) {
    this.tip.replaceChildren(...this.words(target, panel));
    this.tip.hidden = false;
    const live = this.tip.parentElement.getBoundingClientRect();
    const bounds = sheet.getBoundingClientRect();
    const [x, y] = [bounds.left - live.left + target.at[0], bounds.top - live.top + target.at[1]];
    const left = x + 14 + this.tip.offsetWidth > live.width ? x - 14 - this.tip.offsetWidth : x + 14;
    this.tip.style.left = `${Math.max(0, Math.min(left, live.width - this.tip.offsetWidth))}px`;
    this.tip.style.top = `${Math.max(0, y - 10)}px`;
    sheet.querySelector(".here")?.remove();
    const node = sheet.querySelector("svg");
    node.append(svg("circle", { class: "here", cx: target.at[0], cy: target.at[1], r: 7 }));
    this.seen = sheet;
  }

  hide() {
    this.tip.hidden = true;
    this.pinned = false;
    this.seen?.querySelector(".here")?.remove();
  }

  words(target, panel) {
    const lines = [];
    if (target.s !== null) lines.push(el("b", {}, this.plot.series[target.s] ?? ""));
    if (target.of && target.of !== this.plot.series[target.s]) lines.push(target.of);
    const [value, of] = target.inRows ? [target.x, panel.x.label] : [target.y, panel.y.label];
    // Points of series stand beside the setting that they are of, so that none hides another.
    const isBeside = target.runs.some(([, own]) => own !== null) && !target.isLine;
    if (target.x !== null && !target.inRows && !isBeside) lines.push(`${panel.x.label} ${short(target.x)}`);
    const ofCells = this.plot.bar?.label ?? "mean";
    if (target.text) lines.push(el("span", {}, `${ofCells} `, el("b", { class: "value" }, target.text)));
    if (value !== null) lines.push(el("span", {}, `${of} `, el("b", { class: "value" }, short(value))));
    if (target.interval) {
      const [low, high, isBand] = target.interval;
      lines.push(`${isBand ? "band" : "interval"} [${short(low, 4)}, ${short(high, 4)}]`);
    }
    const { runs } = target;
    if (runs.length) {
      const most = this.pinned ? 40 : 5;
      const one = ([i, own]) => {
        const text = `${runName(i)}${own === null ? "" : `: ${short(own)}`}`;
        return el("li", {}, el("a", { href: `#run=${keyOf(i)}` }, text));
      };
      lines.push(el("ul", {}, runs.slice(0, most).map(one)));
      if (runs.length > most) lines.push(`and ${runs.length - most} more`);
      if (!this.pinned) lines.push(el("i", {}, runs.length > 1 ? "click for the runs" : "click for the run"));
    }
    return lines.map((line) => (typeof line === "string" ? el("p", {}, line) : el("div", {}, line)));
  }

  /** Opens the run behind a point, or lists them. */
  open(target, sheet, panel) {
    if (target.runs.length === 1) return openRun(target.runs[0][0]);
    if (!target.runs.length) return;
    this.pinned = true;
    this.show(target, sheet, panel);
    this.tip.querySelector("a")?.focus({ preventScroll: true });
  }

  // Files.

  csv() {
    const rows = [["panel", "series", "x", "y", "low", "high"]];
    for (const { panel, targets } of this.drawn) {
      for (const { x, y, s, interval } of targets) {
        rows.push([panel.title, this.plot.series[s] ?? "", x, y, interval?.[0], interval?.[1]]);
      }
    }
    return csv(rows);
  }

  /** All panels as they are seen, with title, legend and bar, in the colours of white paper. */
  standalone() {
    const entries = this.entries.filter(({ s }) => s === null || !this.state.hidden.has(s));
    return standalone(this.title, entries, this.bar, this.drawn);
  }

  png() {
    const text = this.standalone();
    const image = new Image();
    image.onload = () => {
      const sheet = el("canvas", { width: 2 * image.width, height: 2 * image.height });
      const context = sheet.getContext("2d");
      context.scale(2, 2);
      context.drawImage(image, 0, 0);
      sheet.toBlob((blob) => download(`${this.plot.id}.png`, blob));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }
}

function numberOr(aspect) {
  return typeof aspect === "number" ? "number" : aspect;
}

/** The target that is nearest to a place of the sheet, if one is near. */
function nearestTo(targets, [x, y]) {
  let [best, distance] = [-1, 45];
  targets.forEach(({ at }, i) => {
    const own = Math.hypot(at[0] - x, at[1] - y);
    if (own < distance) [best, distance] = [i, own];
  });
  return best;
}

/** The ranges of places between two corners. */
function partOf(frame, from, to) {
  const share = (i, start, length) =>
    [from[i], to[i]].map((p) => Math.min(1, Math.max(0, (p - start) / length)));
  const [x0, x1] = share(0, frame.left, frame.width).sort((a, b) => a - b);
  const [y0, y1] = share(1, frame.top, frame.height).sort((a, b) => a - b);
  const place = ([low, high], s) => low + s * (high - low);
  const { x, y } = frame.places;
  if (x1 - x0 < 0.01 || y1 - y0 < 0.01) return null;
  return { x: [place(x, x0), place(x, x1)], y: [place(y, 1 - y1), place(y, 1 - y0)] };
}
