// A form goes once: while it is under way its buttons rest, and a second submit is dropped.
// GET forms and dialogs' own forms change nothing on the server and are left alone.
const guarded = (form) => form.method === "post" && !form.target;
const buttons = (form) => [...form.elements].filter((one) => one.type === "submit");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!guarded(form)) return;
  if (form.dataset.underWay) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  // Marked after the event, so that another listener may still cancel it, and the pressed button's
  // own name and value are part of what is sent.
  setTimeout(() => {
    if (event.defaultPrevented && !form.matches(".htmx-request")) return;
    form.dataset.underWay = "1";
    for (const button of buttons(form)) button.setAttribute("aria-busy", "true");
  });
});

function release(form) {
  delete form.dataset.underWay;
  for (const button of buttons(form)) button.removeAttribute("aria-busy");
}

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (form) release(form);
});
// Coming back by the Back button shows the page as it was left: free its forms again.
addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form[data-under-way]").forEach(release));
