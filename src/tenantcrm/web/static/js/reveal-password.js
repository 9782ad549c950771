// <reveal-password> around a password field adds a button that shows what was typed.
class RevealPassword extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input || this.querySelector(".reveal")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-ghost button-small reveal";
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? "Hide" : "Show";
      button.setAttribute("aria-label", visible ? "Hide password" : "Show password");
    };
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false));
    show(false);
    this.append(button);
  }
}
customElements.define("reveal-password", RevealPassword);

// A field that asks for a time zone starts with the browser's own.
for (const field of document.querySelectorAll("input[data-detect-zone]")) {
  if (!field.value) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
