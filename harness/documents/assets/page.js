"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (body.querySelector(".r")) continue;
  table.querySelectorAll("thead th").forEach((head) => {
    const button = document.createElement("button");
    button.className = "sort";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[head.cellIndex].textContent;
      const by = new Intl.Collator("en", { numeric: true });
      const compare = (a, b) => {
        const [x, y] = [a, b].map((row) => parseFloat(value(row).replaceAll(",", "")));
        return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) || by.compare(value(a), value(b)) : x - y;
      };
      const rows = [...body.rows].sort(compare);
      body.append(...(up ? rows : rows.reverse()));
    });
  });
  if (!table.dataset.filtered) continue;
  const label = document.createElement("label");
  label.className = "filter";
  label.textContent = `Filter ${table.dataset.filtered} rows `;
  const field = document.createElement("input");
  field.type = "search";
  label.append(field);
  table.parentElement.prepend(label);
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
