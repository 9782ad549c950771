// <live-progress src="…">: shows the server's line of progress as it changes, and the page anew at
// its end. A connection that is lost comes back by itself; without script the page reloads instead.
class LiveProgress extends HTMLElement {
  connectedCallback() {
    this.source = new EventSource(this.getAttribute("src"));
    this.source.addEventListener("progress", (event) => {
      const template = document.createElement("template");
      template.innerHTML = event.data;
      this.replaceChildren(template.content);
    });
    this.source.addEventListener("done", () => {
      this.source.close();
      location.reload();
    });
  }

  disconnectedCallback() {
    this.source?.close();
  }
}
customElements.define("live-progress", LiveProgress);

// Fields that matter for one choice of a select alone are hidden while another is made.
const follow = (select) => {
  for (const field of document.querySelectorAll(`[data-only-for="${select.name}"]`)) {
    field.closest(".field").hidden = select.value !== "attribute";
  }
};
const follows = () => document.querySelectorAll('select[name^="to-"]').forEach(follow);
document.addEventListener("change", (event) => event.target.matches('select[name^="to-"]') && follow(event.target));
document.addEventListener("htmx:load", follows);
follows();
