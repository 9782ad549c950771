// <copy-button for="ID" data-label="Copy"> copies the text of the element with that id.
// Without script there is no button, and the text can be selected by hand.
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small copy";
    button.setAttribute("aria-live", "polite");
    this.words = this.dataset.label || "Copy";
    button.textContent = this.words;
    button.addEventListener("click", () => this.copy(button));
    this.append(button);
  }

  async copy(button) {
    const source = document.getElementById(this.getAttribute("for"));
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Not a secure context, or refused: leave the text selected, ready for the keyboard.
      getSelection().selectAllChildren(source);
      button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (button.textContent = this.words), 2000);
  }
}
customElements.define("copy-button", CopyButton);
