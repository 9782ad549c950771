// Rows of a table that are picked: says how many, and offers the bar of actions while there are any.
class SelectRows extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector("[data-bar]");
    if (!this.bar) return;
    this.all = this.querySelector("[data-all] input");
    this.page = this.querySelector("[data-page]");
    this.said = this.querySelector("[data-said]");
    this.page.hidden = false;
    this.addEventListener("change", (event) => this.changed(event.target));
    this.show();
  }

  get rows() {
    return [...this.querySelectorAll('tbody input[type="checkbox"]')];
  }

  changed(box) {
    if (box === this.page) for (const row of this.rows) row.checked = box.checked;
    if (box === this.all && box.checked) for (const row of this.rows) row.checked = true;
    if (box !== this.all && this.rows.some((row) => !row.checked)) this.all.checked = false;
    this.show();
  }

  show() {
    const rows = this.rows;
    const picked = rows.filter((row) => row.checked).length;
    this.page.checked = picked > 0 && picked === rows.length;
    this.page.indeterminate = picked > 0 && picked < rows.length;
    this.bar.hidden = !picked && !this.all.checked;
    const label = this.all.parentElement.textContent.trim().replace(/^Select /, "");
    this.said.textContent = this.all.checked ? `${label[0].toUpperCase()}${label.slice(1)} selected` : `${picked} selected`;
  }
}
customElements.define("select-rows", SelectRows);
