// Puts the page of a comparison together.

let runTable = null;
document.documentElement.classList.add("live");
startTheme();
for (const plot of data.figures) new LiveFigure(plot);
if (data.runs.rows.length) runTable = new RunTable();
document.querySelectorAll("table.sortable").forEach(sortable);
addEventListener("hashchange", follow);
follow();
