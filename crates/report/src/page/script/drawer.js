// One run: how it ended, its values, its curves, all its settings and how to compute it again.

/** Opens the drawer of a run, and names it in the address, so that a link leads to it. */
function openRun(i) {
  const hash = `#run=${keyOf(i)}`;
  if (location.hash === hash) drawer().show(i);
  else location.hash = hash;
}

/** Shows the run that the address names. */
function follow() {
  const key = /^#run=(.+)$/.exec(location.hash)?.[1];
  if (!key) return;
  const i = placeOf(key);
  if (i >= 0) drawer().show(i);
}

/** The only drawer, made when it is first wanted. */
function drawer() {
  drawer.own ??= new Drawer();
  return drawer.own;
}

class Drawer {
  constructor() {
    this.title = el("h2", { id: "run-title", tabindex: "-1", autofocus: true });
    this.inside = el("div", { class: "inside" });
    const button = (text, title, onclick) => el("button", { type: "button", title, onclick }, text);
    const head = el(
      "header",
      {},
      this.title,
      el(
        "div",
        { class: "toolbar" },
        button("‹ Previous", "The run before it in the table", () => this.step(-1)),
        button("Next ›", "The run after it in the table", () => this.step(1)),
        button("Close", "Back to the page (Esc)", () => this.dialog.close()),
      ),
    );
    this.dialog = el("dialog", { id: "run", "aria-labelledby": "run-title" }, head, this.inside);
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => {
      if (location.hash.startsWith("#run=")) history.replaceState(null, "", "#runs");
    });
    document.body.append(this.dialog);
  }

  /** The next run of the table as it is sorted and filtered. */
  step(direction) {
    const { order } = runTable;
    const place = order.indexOf(this.i);
    const next = order[(place + direction + order.length) % order.length];
    if (next !== undefined) openRun(next);
  }

  show(i) {
    this.i = i;
    if (!this.dialog.open) this.dialog.showModal();
    this.title.textContent = runName(i);
    const { columns, rows, outcomes } = data.runs;
    const cell = (name) => rows[i][columns.findIndex((column) => column.name === name)];
    const status = cell("status");
    const at = cell("diverged-at");
    const words = [status, at != null && ` at step ${at}`, cell("failure") && `: ${cell("failure")}`];
    // What cases and results are called is told of a run, and is none of its settings.
    const { case: _, result, ...spec } = specOf(i);
    const key = result ? keyOf(i).slice(result.length + 1) : keyOf(i);
    const again = `thalweg verify ${quoted(result ? data.results[result] : data.result)} --run ${key}`;
    this.inside.replaceChildren(
      el("p", {}, el("span", { class: `status ${status}` }, ...words.filter(Boolean))),
      ...this.curves(i),
      ...this.pictures(i),
      this.values(i),
      el("h3", {}, "Computed again"),
      el("p", {}, "Computes the run once more from its settings, and compares what comes out:"),
      copied(again),
      el("h3", {}, "All settings"),
      copied(toml(spec)),
      el("h3", {}, "Identity"),
      el(
        "dl",
        {},
        el("dt", {}, "Key"),
        el("dd", {}, el("code", {}, key)),
        outcomes[i] ? [el("dt", {}, "Hash of what came out"), el("dd", {}, el("code", {}, outcomes[i]))] : [],
      ),
    );
    this.inside.scrollTop = 0;
  }

  /** What was kept of the run in arrays: its boundary, planes and ways through its landscape. */
  pictures(i) {
    const { pictures } = data.runs;
    const width = Math.min(330, (this.inside.clientWidth || 360) - 8);
    const drawn = pictures.runs[i].map(({ says, panel, image, points }) => {
      const marks = [...panel.marks, ...(pictures.points[points] ?? [])];
      const sheet = drawPanel({ ...panel, marks }, { width, images: [image] });
      sheet.node.setAttribute("role", "img");
      sheet.node.setAttribute("aria-label", says);
      return el("figure", {}, el("figcaption", {}, says), sheet.node);
    });
    return drawn.length ? [el("div", { class: "curves" }, drawn)] : [];
  }

  values(i) {
    const { columns, rows } = data.runs;
    const own = columns
      .map((column, c) => [column, rows[i][c]])
      .filter(([column]) => column.kind === "value");
    // What a probe found, and other values of one kind, are seen together.
    const begins = (k, all) => k > 0 && all[k][0].name.split(".")[0] !== all[k - 1][0].name.split(".")[0];
    const row = ([{ name, label, unit }, value], k, all) =>
      el(
        "tr",
        { class: begins(k, all) ? "begins" : null },
        el("th", { scope: "row", title: label }, name),
        el(
          "td",
          { class: "number", title: value === null ? null : String(value) },
          short(value, 6) || "none",
        ),
        el("td", { class: "muted" }, unit),
      );
    const rowsOf = own.filter(([, value]) => value !== null).map(row);
    const heads = ["Value", "At the end", "Unit"].map((text) => el("th", { scope: "col" }, text));
    const table = el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rowsOf));
    return el(
      "details",
      { open: true },
      el("summary", {}, `Final values and times (${rowsOf.length})`),
      table,
    );
  }

  curves(i) {
    const { curves, steps, courses } = data.runs;
    const of = courses[i];
    if (!of.length) return [];
    const width = Math.min(330, (this.inside.clientWidth || 360) - 8);
    const drawn = of.map(([name, at, values, evaluations]) => {
      const points = steps[at].flatMap((step, k) => [step, values[k]]);
      const panel = panelOfCurve(curves[name], points);
      const sheet = drawPanel(panel, { width, height: 150 });
      const [last, n] = [values[values.length - 1], values.length];
      const thinned = evaluations > n ? `, ${n} of ${evaluations} points` : "";
      sheet.node.setAttribute("role", "img");
      const ends = `from ${short(values[0])} to ${short(last)}`;
      sheet.node.setAttribute("aria-label", `${curves[name]} over the steps, ${ends}`);
      return el(
        "figure",
        {},
        el("figcaption", {}, `${curves[name]}: ${short(last, 4)} at the end${thinned}`),
        sheet.node,
      );
    });
    return [el("div", { class: "curves" }, drawn)];
  }
}

/** Positive values that span a power of ten or more have a logarithmic axis, as losses do. */
function panelOfCurve(name, points) {
  const column = data.runs.columns.find((column) => column.name === name);
  const places = (i) => points.filter((_, k) => k % 2 === i);
  const [x, y] = [places(0), places(1)];
  const isPositive = y.every((value) => value > 0);
  const isLog = isPositive && (column?.log || Math.max(...y) / Math.min(...y) > 20);
  const pen = { c: "#0072b2", dash: [] };
  const lines = points.length > 2 ? [{ t: "line", s: null, pen, w: 1.8, p: points }] : [];
  const style = { shape: "circle", c: pen.c, edge: pen.c, ew: 0, r: 2.5 };
  const marks = points.length > 40 ? lines : [...lines, { t: "points", s: null, style, p: points }];
  // Looks at ever rarer steps are seen apart on a logarithmic axis, on which step 0 has no place.
  const isRarer = x.length > 8 && x[x.length >> 1] < 0.2 * x[x.length - 1];
  const axis = (label, log, values) => {
    const scale = log ? LOG : LINEAR;
    const panel = { marks: [{ t: "points", p: values.flatMap((value) => [value, value]) }] };
    return { label, log, range: hull(panel, { x: scale, y: scale }, 0), ticks: null, names: null };
  };
  return { title: "", aspect: "free", x: axis("step", isRarer, x), y: axis("", isLog, y), marks };
}

/** The resolved spec of a run: that of the first, changed as JSON Merge Patch says (RFC 7396). */
function specOf(i) {
  const merged = (value, patch) => {
    if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
    const isTable = value !== null && typeof value === "object" && !Array.isArray(value);
    const result = isTable ? { ...value } : {};
    for (const [key, change] of Object.entries(patch)) {
      if (change === null) delete result[key];
      else result[key] = merged(result[key], change);
    }
    return result;
  };
  return merged(data.runs.spec, data.runs.patches[i]);
}

/** A table as TOML: values first, then the tables below, each with its header. */
function toml(table, path = []) {
  const isTable = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const key = (name) => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));
  const value = (of) => {
    if (Array.isArray(of)) return `[${of.map(value).join(", ")}]`;
    if (isTable(of))
      return `{ ${entries(of)
        .map(([name, own]) => `${key(name)} = ${value(own)}`)
        .join(", ")} }`;
    return JSON.stringify(of);
  };
  const entries = (of) => Object.entries(of).filter(([, own]) => own !== null);
  const isShort = (of) => entries(of).every(([, own]) => !isTable(own)) && value(of).length < 60;
  const inline = entries(table).filter(([, own]) => !isTable(own) || (path.length > 0 && isShort(own)));
  const below = entries(table).filter(([name]) => !inline.some(([other]) => other === name));
  let text = path.length && inline.length ? `[${path.map(key).join(".")}]\n` : "";
  text += inline.map(([name, own]) => `${key(name)} = ${value(own)}\n`).join("");
  return (
    text +
    below.map(([name, own]) => `${text || path.length ? "\n" : ""}${toml(own, [...path, name])}`).join("")
  );
}

/** A word of a command line. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Text to be taken along. */
function copied(text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  };
  const button = navigator.clipboard
    ? el("button", { type: "button", class: "copy", onclick: copy }, "Copy")
    : null;
  return el("div", { class: "code" }, el("pre", { tabindex: "0" }, text.trimEnd()), button);
}
