// Results on their way: what changes is taken from the server, card by card.

const list = document.getElementById("results");
const pulse = document.getElementById("pulse");
const none = document.getElementById("none");

/** Puts a card in place of the one with its id, and leaves open what is open. */
function replaceCard({ id, html }) {
  const old = [...list.children].find((card) => card.dataset.id === id);
  const open = old ? [...old.querySelectorAll("details[open]")].map((details) => details.id) : [];
  const box = document.createElement("template");
  box.innerHTML = html;
  const card = box.content.firstElementChild;
  for (const details of card.querySelectorAll("details")) details.open = open.includes(details.id);
  // A picture that is being drawn anew has the room of the one before, so that nothing jumps.
  const pictures = old ? [...old.querySelectorAll("img")] : [];
  card.querySelectorAll("img").forEach((image, i) => {
    const height = pictures[i]?.clientHeight;
    if (!height) return;
    image.style.minHeight = `${height}px`;
    image.addEventListener("load", () => (image.style.minHeight = ""), { once: true });
  });
  if (old) old.replaceWith(card);
  else list.append(card);
}

/** Keeps the cards of the results that there are, in their order. */
function arrange(ids) {
  const cards = new Map([...list.children].map((card) => [card.dataset.id, card]));
  for (const [id, card] of cards) if (!ids.includes(id)) card.remove();
  ids.forEach((id, i) => {
    const card = cards.get(id);
    if (card && list.children[i] !== card) list.insertBefore(card, list.children[i] ?? null);
  });
  none.hidden = ids.length > 0;
}

const news = new EventSource("/events");
news.addEventListener("card", (event) => replaceCard(JSON.parse(event.data)));
news.addEventListener("order", (event) => arrange(JSON.parse(event.data)));
news.addEventListener("open", () => (pulse.textContent = "live"));
news.addEventListener("error", () => (pulse.textContent = "the server does not answer; trying again"));

document.documentElement.classList.add("live");
startTheme();
