// Light, dark, or as the system is.

const THEMES = [
  ["light dark", "system"],
  ["light", "light"],
  ["dark", "dark"],
];

/** The button that goes from theme to theme. */
function startTheme() {
  const button = document.getElementById("theme");
  let current = 0;
  button.hidden = false;
  button.addEventListener("click", () => {
    current = (current + 1) % THEMES.length;
    document.documentElement.style.colorScheme = THEMES[current][0];
    button.textContent = `Theme: ${THEMES[current][1]}`;
  });
}
