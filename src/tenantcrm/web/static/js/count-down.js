// <count-down seconds="60">: counts down in the page; what happens at its end is the server's.
class CountDown extends HTMLElement {
  connectedCallback() {
    const end = performance.now() + Number(this.getAttribute("seconds")) * 1000;
    const tell = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      this.textContent = left > 0 ? `${left} s` : "a moment";
      if (left <= 0) clearInterval(this.timer);
    };
    this.timer = setInterval(tell, 1000);
    tell();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}
customElements.define("count-down", CountDown);
