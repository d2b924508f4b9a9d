// Tables whose rows can be sorted and filtered.

/** What a cell says, as a number where it begins with one. */
function valueOf(cell) {
  const text = cell.textContent.trim();
  if (text === "–" || text === "") return null;
  const form = /^\[?(−?)([\d.]*?)·?(?:10([⁻⁰¹²³⁴-⁹]+))?(?=[\s,\]]|$)/;
  const [, sign, factor, power] = form.exec(text) ?? [];
  if (!factor && !power) return text;
  const digits = Object.entries(DIGITS).map(([digit, raised]) => [raised, digit]);
  const exponent = [...(power ?? "0")].map((digit) => new Map(digits).get(digit) ?? digit).join("");
  return Number(`${sign ? "-" : ""}${factor || 1}e${exponent}`);
}

/** Numbers by their size, before texts; what is missing comes last in either direction. */
function compareCells(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return direction * (a - b);
  if (typeof a !== typeof b) return direction * (typeof a === "number" ? -1 : 1);
  return direction * a.localeCompare(b, "en", { numeric: true });
}

/** Makes heads of a table buttons, and puts a filter above it if it is long. */
function sortable(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  let sorted = { c: -1, direction: -1 };
  [...table.tHead.rows[0].cells].forEach((head, c) => {
    const button = el("button", { type: "button", title: "Click to sort" }, head.textContent);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      sorted = { c, direction: sorted.c === c ? -sorted.direction : 1 };
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", sorted.direction === 1 ? "ascending" : "descending");
      const of = (row) => valueOf(row.cells[c]);
      body.append(...[...rows].sort((a, b) => compareCells(of(a), of(b), sorted.direction)));
    });
    head.replaceChildren(button);
  });
  if (rows.length < 8) return;
  const count = el("span", { role: "status", class: "muted count" });
  const update = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  const filter = el("input", { type: "search", "aria-label": "Filter rows", oninput: update });
  filter.setAttribute("placeholder", "test.loss");
  table.parentElement.before(el("div", { class: "toolbar" }, "Filter ", filter, count));
  update();
}
