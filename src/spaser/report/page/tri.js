// A table that can be sorted and filtered; without this script it is whole, in its stated order.
for (const table of document.querySelectorAll("table.triable")) {
  const body = table.tBodies[0], rows = [...body.rows];
  const value = (row, n) => row.cells[n].dataset.tri ?? row.cells[n].textContent.trim();
  const order = new Intl.Collator("fr", {numeric: true}).compare;

  [...table.tHead.rows[0].cells].forEach((head, n) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      rows.sort((a, b) => (down ? -1 : 1) * order(value(a, n), value(b, n)));
      body.append(...rows);
    });
  });

  const plain = text => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const texts = new Map(rows.map(row => [row, plain(row.textContent)]));
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("output");
  field.type = "search";
  label.append("Filtrer ces lignes (objet, titulaire, code…)\u00a0: ", field);
  const filter = document.createElement("p");
  filter.className = "filtre";
  filter.append(label, " ", count);
  table.parentElement.before(filter);
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every(word => texts.get(row).includes(word));
      shown += !row.hidden;
    }
    count.textContent = `${shown} ligne${shown > 1 ? "s" : ""} sur ${rows.length}`;
  });
}
