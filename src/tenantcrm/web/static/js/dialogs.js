// Buttons with data-dialog="ID" open that <dialog>; open menus close on Escape or a click outside.
const openMenus = () => document.querySelectorAll("details.menu[open], details.phone-nav[open]");

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  // In a dialog the way out leads to the page behind it, which is there already.
  const dialog = event.target.closest("[data-close]")?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A dialog that the server answers with opens as it comes.
document.addEventListener("htmx:afterSettle", () => {
  for (const dialog of document.querySelectorAll("dialog[data-open-now]:not([open])")) {
    delete dialog.dataset.openNow;
    dialog.showModal();
  }
});

// After a refused form the faults are read out first: focus goes to their list, as on a full page.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  const list = ["error-summary", "conflict", "question"].map((id) => document.getElementById(id)).find(Boolean);
  if (list && target.contains(list)) list.focus();
});
