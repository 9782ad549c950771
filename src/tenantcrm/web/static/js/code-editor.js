// <code-editor data-src="…" data-format="html"><div>label and textarea</div></code-editor> draws
// CodeMirror over the textarea, which stays the field of the form: without script, or should the
// bundle not load, it is what one types into. The bundle is larger than the rest of the page, so it
// comes when somebody points at the text or goes into it. data-line: where to begin, at once.
class CodeEditor extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector("textarea");
    if (!area || this.editor) return;
    area.addEventListener("focus", () => this.enhance());
    this.addEventListener("pointerenter", () => this.enhance());
    if (this.dataset.line) this.goTo(Number(this.dataset.line));
  }
  disconnectedCallback() {
    this.editor?.destroy();
    this.editor = this.coming = null;
  }
  enhance() {
    this.coming ??= import(this.dataset.src).then(
      ({ makeEditor }) => this.draw(makeEditor),
      () => (this.coming = null),
    );
    return this.coming;
  }
  draw(makeEditor) {
    const area = this.querySelector("textarea");
    if (!this.isConnected || !area) return;
    const label = this.querySelector("label");
    const typing = document.activeElement === area;
    const { selectionStart: anchor, selectionEnd: head, offsetHeight: tall } = area;
    const host = document.createElement("div");
    host.className = "code-host";
    host.style.height = `${Math.max(tall, 192)}px`;
    area.after(host);
    area.hidden = true;
    const notes = (area.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent.trim());
    const root = host.attachShadow({ mode: "open" });
    this.editor = makeEditor({
      root,
      parent: root,
      text: area.value,
      format: this.dataset.format,
      label: label?.childNodes[0].textContent.trim() ?? "Template",
      describedBy: notes.filter(Boolean).join(" "),
      readOnly: this.dataset.readOnly,
      changed: (text) => {
        area.value = text;
        area.dispatchEvent(new Event("input", { bubbles: true }));
      },
    });
    // The label is for what one types into now; a hidden field has none.
    label?.removeAttribute("for");
    label?.addEventListener("click", () => this.editor?.focus());
    if (typing) {
      this.editor.view.dispatch({ selection: { anchor, head } });
      this.editor.focus();
    }
  }
  // Gives false where the plain field is still there to be written into.
  insert(words) {
    if (!this.editor) return false;
    this.editor.insert(words);
    this.editor.focus();
    return true;
  }
  async goTo(line) {
    await this.enhance();
    if (this.editor) this.editor.goTo(line);
    else this.querySelector("textarea")?.focus();
  }
}
customElements.define("code-editor", CodeEditor);
