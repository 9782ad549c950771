// <flash-message> gets a button that dismisses it; a toast of good news goes by itself.
// A request of htmx that failed says so in a toast: what was typed stays in the form.
const LINGER = 6000;

class FlashMessage extends HTMLElement {
  connectedCallback() {
    const notice = this.querySelector(".notice");
    if (!notice || this.querySelector(".dismiss")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-ghost button-icon dismiss";
    button.setAttribute("aria-label", "Dismiss");
    button.textContent = "×";
    button.addEventListener("click", () => this.remove());
    notice.append(button);
    if (this.hasAttribute("data-toast") && notice.matches(".notice-success, .notice-info")) this.fade();
  }

  fade() {
    const gone = () => setTimeout(() => this.remove(), LINGER);
    let timer = gone();
    for (const hold of ["mouseenter", "focusin"]) this.addEventListener(hold, () => clearTimeout(timer));
    for (const free of ["mouseleave", "focusout"]) this.addEventListener(free, () => (timer = gone()));
  }
}
customElements.define("flash-message", FlashMessage);

function complain(words) {
  // Under a modal dialog a toast could be neither seen nor heard: there it goes to the top of it.
  const dialog = document.querySelector("dialog[open]");
  const region = document.getElementById("toasts");
  if (!region) return;
  for (const earlier of document.querySelectorAll("flash-message[data-complaint]")) earlier.remove();
  const message = document.createElement("flash-message");
  message.dataset.toast = "";
  message.dataset.complaint = "";
  const notice = document.createElement("div");
  notice.className = "notice notice-danger";
  notice.setAttribute("role", "alert");
  const body = document.createElement("div");
  body.className = "notice-body";
  body.textContent = words;
  notice.append(body);
  message.append(notice);
  if (dialog) dialog.prepend(message);
  else region.append(message);
}

const WORDS = {
  0: "The server cannot be reached. Nothing you typed is lost; please try again.",
  401: "You have been signed out. Nothing you typed is lost: the next button that you press asks you to sign in first.",
  403: "That was not allowed: your role, or the business that you are in, has changed since this page was loaded. Copy what you typed, then load the page again.",
};
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  const id = event.detail.xhr.getResponseHeader("x-request-id");
  // Of a session that has ended, or is another's, sign-in-again.js speaks.
  if (status === 401 || status === 403) return;
  complain(`That did not work (${status}). Nothing you typed is lost; please try again.${id ? ` Request ${id}.` : ""}`);
});
document.addEventListener("htmx:sendError", () => complain(WORDS[0]));
document.addEventListener("complain", (event) => complain(WORDS[event.detail]));
