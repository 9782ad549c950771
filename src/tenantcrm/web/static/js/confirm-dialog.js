// <confirm-dialog> around <details>: without script the question opens in place; with it, the same
// panel opens as a modal dialog, with the focus on the way out.
class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    details?.querySelector("summary").addEventListener("click", (event) => {
      event.preventDefault();
      (this.dialog ??= this.build(details)).showModal();
    });
  }

  build(details) {
    const panel = details.querySelector(".confirm-panel");
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", panel.getAttribute("aria-labelledby"));
    panel.removeAttribute("role");
    panel.removeAttribute("aria-labelledby");
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.className = "button button-default";
    cancel.textContent = "Cancel";
    cancel.autofocus = !panel.querySelector("input:not([type=hidden])");
    cancel.addEventListener("click", () => dialog.close());
    panel.querySelector(".dialog-actions").append(cancel);
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.append(panel);
    this.append(dialog);
    return dialog;
  }
}
customElements.define("confirm-dialog", ConfirmDialog);
