// Puts the page of a comparison together. Figures show no runs here: these are in the reports.

/** What a figure calls a run, of which there are none. */
const runName = () => "";
const keyOf = () => "";
const openRun = () => {};

document.documentElement.classList.add("live");
startTheme();
for (const plot of data.figures) new LiveFigure(plot);
document.querySelectorAll("table.sortable").forEach(sortable);
