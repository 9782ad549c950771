// <code-editor data-src="…" data-format="html"><div>label and textarea</div></code-editor> draws
// CodeMirror over the textarea, which stays the field of the form: without script, or should the
// bundle not load, it is what one types into. data-line: where to begin.
class CodeEditor extends HTMLElement {
  async connectedCallback() {
    const area = this.querySelector("textarea");
    if (this.editor || this.starting || !area) return;
    this.starting = true;
    // The label is for what one types into from now on; a hidden field has none.
    const label = this.querySelector("label");
    label?.removeAttribute("for");
    let makeEditor;
    try {
      ({ makeEditor } = await import(this.dataset.src));
    } catch {
      label?.setAttribute("for", area.id);
      return;
    }
    this.starting = false;
    if (!this.isConnected) return;
    const typing = document.activeElement === area;
    const host = document.createElement("div");
    host.className = "code-host";
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
    label?.addEventListener("click", () => this.editor.focus());
    if (typing) this.editor.focus();
    if (this.dataset.line) this.editor.goTo(Number(this.dataset.line));
  }
  disconnectedCallback() {
    this.editor?.destroy();
    this.editor = null;
  }
  insert(words) {
    if (!this.editor) return false;
    this.editor.insert(words);
    this.editor.focus();
    return true;
  }
  goTo(line) {
    if (this.editor) this.editor.goTo(line);
    else this.querySelector("textarea")?.focus();
  }
}
customElements.define("code-editor", CodeEditor);
