// Sorting of tables, and what is said of a point in a chart. Without it the page can be read as well.
"use strict";
function number(cell) {
  return cell.dataset.value === undefined ? NaN : Number(cell.dataset.value);
}
function order(a, b) {
  const x = number(a), y = number(b);
  if (!isNaN(x) && !isNaN(y)) return x - y;
  if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
  return a.textContent.trim().localeCompare(b.textContent.trim());
}
function sort(head, index) {
  const rows = [...head.closest("table").tBodies[0].rows], up = head.getAttribute("aria-sort") === "descending";
  const sums = rows.filter(row => row.classList.contains("strong"));
  const others = rows.filter(row => !row.classList.contains("strong"));
  others.sort((a, b) => (up ? 1 : -1) * order(a.cells[index], b.cells[index]));
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  for (const row of [...others, ...sums]) row.parentNode.appendChild(row);
}
function makeSortable(head) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  button.title = "Sort";
  head.append(button);
  button.addEventListener("click", () => sort(head, head.cellIndex));
}
function showTips(tip) {
  for (const title of document.querySelectorAll(".tips title, .columns title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  addEventListener("pointermove", event => {
    const words = event.target.dataset ? event.target.dataset.tip : "";
    tip.hidden = !words;
    if (!words) return;
    tip.textContent = words;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = Math.max(8, Math.min(event.clientX + 14, room)) + "px";
    const below = event.clientY + 18, above = event.clientY - tip.offsetHeight - 12;
    tip.style.top = (below + tip.offsetHeight > innerHeight ? above : below) + "px";
  });
  addEventListener("scroll", () => { tip.hidden = true; }, true);
}
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("table.sortable thead th").forEach(makeSortable);
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  showTips(tip);
});
