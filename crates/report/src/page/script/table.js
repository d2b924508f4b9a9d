// The table of runs: sorted, filtered, and drawn only where it is seen, so that thousands of rows are no
// burden.

const ROW = 30;

/** What tells a run from its neighbours, in words: `batch-size 8, replicate 2`. */
function runName(i) {
  const { columns, rows } = data.runs;
  const own = columns.map((column, c) => [column.name, rows[i][c]]);
  const isTold = (name) => data.naming.some((axis) => name === axis || name.startsWith(`${axis}.`));
  const axes = own.filter(([name, cell]) => isTold(name) && cell !== null);
  const settings = axes.map(([name, cell]) => `${name.split(".").slice(-1)[0]} ${short(cell)}`);
  const shown = settings.length > 3 ? [...settings.slice(0, 3), "…"] : settings;
  return [...shown, `replicate ${own.find(([name]) => name === "replicate")?.[1] ?? 0}`].join(", ");
}

function keyOf(i) {
  return data.runs.rows[i][0];
}

function placeOf(key) {
  return data.runs.rows.findIndex((row) => row[0] === key);
}

class RunTable {
  constructor() {
    const { columns, rows } = data.runs;
    // A column that says the same of all runs would only take room.
    const isTelling = (c) => rows.length < 2 || rows.some((row) => row[c] !== rows[0][c]);
    const always = ["replicate", "status"];
    const shown = columns
      .map((_, c) => c)
      .filter((c) => c > 0 && (isTelling(c) || always.includes(columns[c].name)));
    // What a swept table says beside its kind comes last: it is long, and the kind tells most.
    const isDetail = (c) =>
      columns[c].kind === "setting" &&
      data.axes.some((axis) => columns[c].name.startsWith(`${axis}.`) && columns[c].name !== `${axis}.kind`);
    this.shown = [...shown.filter((c) => !isDetail(c)), ...shown.filter(isDetail)];
    this.order = rows.map((_, i) => i);
    this.sorted = null;
    this.filter = el("input", {
      type: "search",
      id: "run-filter",
      placeholder: "adam status=completed train.loss<0.1",
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.update(),
    });
    this.count = el("span", { role: "status", class: "muted", id: "run-count" });
    this.heads = this.shown.map((c) => this.head(c));
    this.body = el("tbody");
    const widths = this.shown.map((c) => this.widthOfColumn(c));
    const cols = widths.map((width) => {
      const col = el("col");
      col.style.width = `${width}px`;
      return col;
    });
    const head = el("thead", {}, el("tr", {}, this.heads));
    this.table = el(
      "table",
      { class: "runs live", "aria-rowcount": rows.length + 1 },
      el("colgroup", {}, cols),
      head,
      this.body,
    );
    this.table.style.width = `${widths.reduce((a, b) => a + b, 0)}px`;
    const label = "Runs; arrow keys scroll";
    this.box = el(
      "div",
      { class: "scroll rows", tabindex: "0", role: "region", "aria-label": label },
      this.table,
    );
    this.box.addEventListener("scroll", () => this.drawRows(), { passive: true });
    new ResizeObserver(() => this.drawRows()).observe(this.box);
    const hint = "Words, or a column with a value: train.loss<0.1";
    const tools = el(
      "div",
      { class: "toolbar" },
      el("label", { for: "run-filter" }, "Filter "),
      this.filter,
      this.count,
      el("span", { class: "space" }),
      el("button", { type: "button", onclick: () => this.download() }, "CSV of these rows"),
    );
    this.filter.title = hint;
    document.getElementById("run-table").replaceChildren(tools, this.box);
    this.update();
  }

  head(c) {
    const { name, label, unit } = data.runs.columns[c];
    const title = `${label}${unit ? ` (${unit})` : ""}; click to sort`;
    const parts = name
      .split(".")
      .map((part, i) => [i ? el("wbr") : null, i ? `.${part}` : part])
      .flat();
    const button = el("button", { type: "button", title, onclick: () => this.sort(c) }, ...parts);
    const isNumber = data.runs.rows.some((row) => typeof row[c] === "number");
    const attributes = { scope: "col", "aria-sort": "none", class: isNumber ? "number" : null };
    return el("th", attributes, button);
  }

  /** As wide as its longest value, of the first rows, and as the longest part of its name. */
  widthOfColumn(c) {
    const { rows, columns } = data.runs;
    const cells = rows.slice(0, 200).map((row) => short(row[c]).length);
    const parts = columns[c].name.split(".").map((part) => part.length);
    // What a case is called tells it from the others, often by its end.
    const most = columns[c].name === "case" ? 560 : 260;
    return Math.min(most, Math.max(64, 8 * Math.max(...cells, ...parts, 4) + 26));
  }

  sort(c) {
    const direction = this.sorted?.c === c && this.sorted.direction === 1 ? -1 : 1;
    this.sorted = { c, direction };
    this.heads.forEach((head, i) => {
      const own = this.shown[i] === c;
      head.setAttribute("aria-sort", own ? (direction === 1 ? "ascending" : "descending") : "none");
    });
    this.update();
  }

  update() {
    const wanted = this.filter.value
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map((word) => this.condition(word));
    const { rows } = data.runs;
    this.order = rows.map((_, i) => i).filter((i) => wanted.every((meets) => meets(rows[i])));
    if (this.sorted) this.order.sort((a, b) => this.compare(rows[a], rows[b]));
    this.count.textContent = `${this.order.length} of ${rows.length} runs`;
    this.box.scrollTop = 0;
    this.drawn = null;
    this.drawRows();
  }

  /** Numbers by their size, before texts; what is missing comes last in either direction. */
  compare(first, second) {
    const { c, direction } = this.sorted;
    const [a, b] = [first[c], second[c]];
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number" && typeof b === "number") return direction * (a - b);
    if (typeof a !== typeof b) return direction * (typeof a === "number" ? -1 : 1);
    return direction * String(a).localeCompare(String(b), "en", { numeric: true });
  }

  condition(word) {
    const { columns } = data.runs;
    const [, name, how, value] = /^([\w.-]+?)(<=|>=|!=|=|<|>)(.+)$/.exec(word) ?? [];
    // The end of a name will do, if it is that of a column.
    const c = name
      ? columns.findIndex((column) => column.name === name || column.name.endsWith(`.${name}`))
      : -1;
    if (c < 0) {
      const wanted = word.toLowerCase();
      return (row) => row.some((cell) => cell !== null && String(cell).toLowerCase().includes(wanted));
    }
    const number = Number(value);
    const isNumber = value !== "" && !Number.isNaN(number);
    const tests = {
      "<": (a) => a < number,
      ">": (a) => a > number,
      "<=": (a) => a <= number,
      ">=": (a) => a >= number,
      "=": (a) => (isNumber ? a === number : String(a) === value),
      "!=": (a) => (isNumber ? a !== number : String(a) !== value),
    };
    return (row) => row[c] !== null && tests[how](row[c]);
  }

  /** The rows that are in sight, with some room above and below. */
  drawRows() {
    const above = Math.max(0, Math.floor(this.box.scrollTop / ROW) - 8);
    const n = Math.ceil((this.box.clientHeight || 400) / ROW) + 16;
    const first = Math.min(above, Math.max(0, this.order.length - n));
    const last = Math.min(this.order.length, first + n);
    if (this.drawn === `${first}-${last}`) return;
    this.drawn = `${first}-${last}`;
    const space = (rows) => {
      const row = el(
        "tr",
        { "aria-hidden": "true" },
        el("td", { colspan: this.shown.length, class: "space-row" }),
      );
      row.style.height = `${rows * ROW}px`;
      return row;
    };
    const rows = this.order.slice(first, last).map((i, n) => this.row(i, first + n));
    this.body.replaceChildren(space(first), ...rows, space(this.order.length - last));
  }

  row(i, place) {
    const { rows, columns } = data.runs;
    const cells = this.shown.map((c, n) => {
      const cell = rows[i][c];
      const text = short(cell);
      const isNumber = typeof cell === "number";
      if (n === 0) {
        const link = el(
          "a",
          { href: `#run=${keyOf(i)}`, title: `Look into the run ${keyOf(i)}` },
          text || "–",
        );
        return el("th", { scope: "row" }, link);
      }
      const isStatus = columns[c].name === "status";
      return el(
        "td",
        { class: isStatus ? cell : isNumber ? "number" : null, title: cell === null ? null : String(cell) },
        text,
      );
    });
    const row = el("tr", { "aria-rowindex": place + 2, onclick: () => openRun(i) }, cells);
    row.querySelector("a").addEventListener("click", (event) => event.stopPropagation());
    return row;
  }

  download() {
    const { columns, rows } = data.runs;
    const table = [columns.map(({ name }) => name), ...this.order.map((i) => rows[i])];
    download(`${data.name}-runs.csv`, csv(table), "text/csv");
  }
}

/** The runs behind a claim, under its scores. */
function addRunsOfClaim(details, claim) {
  const { columns, rows } = data.runs;
  const at = claim.values.map((name) => columns.findIndex((column) => column.name === name));
  const shown = at.map((c, i) => [c, claim.values[i]]).filter(([c]) => c >= 0);
  const most = 200;
  const row = (i) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: `#run=${keyOf(i)}` }, runName(i))),
      shown.map(([c]) => el("td", { class: "number" }, short(rows[i][c]))),
    );
  const heads = ["run", ...shown.map(([, name]) => name)].map((name) => el("th", { scope: "col" }, name));
  const table = el(
    "table",
    { class: "scores" },
    el("thead", {}, el("tr", {}, heads)),
    el("tbody", {}, claim.runs.slice(0, most).map(row)),
  );
  const label = `Runs behind the claim ${claim.id}`;
  details.append(
    el("div", { class: "scroll of-runs", tabindex: "0", role: "region", "aria-label": label }, table),
  );
  if (claim.runs.length > most) {
    details.append(el("p", { class: "muted" }, `${most} of ${claim.runs.length} runs are shown.`));
  }
}
