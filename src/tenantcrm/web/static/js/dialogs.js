// Buttons with data-dialog="ID" open that <dialog>; open menus close on Escape or a click outside.
const openMenus = () => document.querySelectorAll("details.menu[open], details.phone-nav[open]");

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// After a refused form the faults are read out first: focus goes to their list, as on a full page.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const list = document.getElementById("error-summary");
  if (list && target.contains(list)) list.focus();
});
