// Puts the page together: figures, runs, and links to runs.

let runTable = null;
document.documentElement.classList.add("live");
startTheme();
for (const plot of data.figures) new LiveFigure(plot);
if (data.runs.rows.length) runTable = new RunTable();
for (const claim of data.claims) {
  const details = [...document.querySelectorAll("details.behind")].find(
    (own) => own.dataset.claim === claim.id,
  );
  details?.addEventListener("toggle", () => addRunsOfClaim(details, claim), { once: true });
}
/** The table of values in parts that fit on paper, each with the column that names the rows. */
function valuesForPaper() {
  const table = document.querySelector("#values table");
  if (!table) return;
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const [most, parts] = [7, []];
  for (let first = 1; first < rows[0].length; first += most) {
    const part = rows.map((row) => [row[0], ...row.slice(first, first + most)]);
    const head = el(
      "thead",
      {},
      el(
        "tr",
        {},
        part[0].map((text) => el("th", { scope: "col" }, text)),
      ),
    );
    const body = part.slice(1).map((row) =>
      el(
        "tr",
        {},
        row.map((text, i) => (i ? el("td", {}, text) : el("th", { scope: "row" }, text))),
      ),
    );
    parts.push(el("table", {}, head, el("tbody", {}, body)));
  }
  const paper = el("div", { id: "values-on-paper", class: "values" }, parts);
  document.getElementById("values-on-paper")?.remove();
  document.getElementById("values").append(paper);
}

// What is closed is printed too, and closed again after it.
addEventListener("beforeprint", () => {
  valuesForPaper();
  document.querySelectorAll("main details:not([open])").forEach((details) => {
    details.open = true;
    details.dataset.printed = "";
  });
});
addEventListener("afterprint", () => {
  document.querySelectorAll("details[data-printed]").forEach((details) => {
    details.open = false;
    delete details.dataset.printed;
  });
});
addEventListener("hashchange", follow);
follow();
