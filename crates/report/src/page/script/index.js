// A page of results: sorted by what a reader asks for, and filtered by words.

const ORDERS = [
  ["latest", (a, b) => b.dataset.when.localeCompare(a.dataset.when)],
  ["name", (a, b) => a.dataset.name.localeCompare(b.dataset.name, "en", { numeric: true })],
  ["runs", (a, b) => b.dataset.runs - a.dataset.runs],
  ["missing", (a, b) => b.dataset.missing - a.dataset.missing],
  ["refuted", (a, b) => b.dataset.refuted - a.dataset.refuted],
  ["inconclusive", (a, b) => b.dataset.inconclusive - a.dataset.inconclusive],
];

/** What stands above the results: a filter, and the orders in which they can stand. */
function startList() {
  const list = document.getElementById("results");
  const cards = [...list.children];
  const count = el("span", { role: "status", class: "muted", id: "count" });
  const words = new Map(cards.map((card) => [card, card.textContent.toLowerCase()]));
  const update = () => {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) card.hidden = !wanted.every((word) => words.get(card).includes(word));
    count.textContent = `${cards.filter((card) => !card.hidden).length} of ${cards.length} results`;
  };
  const filter = el("input", {
    type: "search",
    id: "filter",
    placeholder: "refuted quick",
    autocomplete: "off",
    spellcheck: "false",
    oninput: update,
  });
  const sort = (chosen) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen.button));
    // What cannot be read comes last in every order.
    const isRead = (card) => card.dataset.when !== undefined;
    const of = (a, b) => isRead(b) - isRead(a) || (isRead(a) ? chosen.compare(a, b) : 0);
    list.append(...[...cards].sort(of));
  };
  const buttons = ORDERS.map(([name, compare], i) => {
    const pressed = String(i === 0);
    const button = el("button", { type: "button", class: "order", "aria-pressed": pressed }, name);
    button.addEventListener("click", () => sort({ button, compare }));
    return button;
  });
  list.before(
    el(
      "div",
      { class: "toolbar" },
      el("label", { for: "filter" }, "Filter "),
      filter,
      count,
      el("span", { class: "space" }),
      el("span", { class: "files", role: "group", "aria-label": "Order" }, "Order ", buttons),
    ),
  );
  update();
}

document.documentElement.classList.add("live");
startTheme();
if (document.getElementById("results").children.length > 1) startList();
