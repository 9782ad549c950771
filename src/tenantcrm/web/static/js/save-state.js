// <form data-save-state>: says at every moment whether what it holds is stored, in the bar with
// data-save-of="ID of the form", and warns before a page with unsaved changes is left.
// data-unsaved: it came back refused, so that what it holds is not stored.
const stored = new WeakMap();
const unsaved = new Set();

const held = (form) =>
  new URLSearchParams([...new FormData(form)].filter(([name, value]) => name !== "_csrf_token" && typeof value === "string")).toString();

function tell(form) {
  const changed = form.hasAttribute("data-unsaved") || held(form) !== stored.get(form);
  if (changed) unsaved.add(form);
  else unsaved.delete(form);
  for (const bar of document.querySelectorAll(`[data-save-of="${form.id}"]`)) {
    if (bar.classList.contains("is-unsaved") === changed) continue;
    bar.classList.toggle("is-unsaved", changed);
    bar.querySelector(".save-words-stored").hidden = changed;
    bar.querySelector(".save-words-unsaved").hidden = !changed;
  }
}

function find() {
  for (const form of unsaved) if (!form.isConnected) unsaved.delete(form);
  for (const form of document.querySelectorAll("form[data-save-state]")) {
    if (!stored.has(form)) stored.set(form, held(form));
    tell(form);
  }
}

const about = ({ target }) => {
  const form = target.form ?? target.closest?.("form");
  if (form && stored.has(form)) tell(form);
};
document.addEventListener("input", about);
document.addEventListener("change", about);
document.addEventListener("htmx:afterSettle", find);
// A form that goes out by itself takes along what it holds: that is no leaving.
document.addEventListener("submit", (event) => setTimeout(() => event.defaultPrevented || unsaved.delete(event.target)));
addEventListener("beforeunload", (event) => {
  for (const form of unsaved) if (!form.isConnected) unsaved.delete(form);
  if (unsaved.size) event.preventDefault();
});
find();
