// <local-time><time datetime="…Z"></time></local-time> shows the viewer's own zone, which it names;
// UTC stays in the hover text. data-style: full, date, relative.
const STYLES = {
  full: { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short" },
  date: { day: "numeric", month: "short", year: "numeric" },
};
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

// A sandbox has a clock of its own; the page says what it showed when it was made.
const clock = document.querySelector('meta[name="clock"]')?.content;
const ahead = clock ? Date.parse(clock) - Date.now() : 0;

function relative(moment) {
  const seconds = (moment - Date.now() - ahead) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

class LocalTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const moment = new Date(time?.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const style = this.dataset.style || "full";
    // Without the comma after the weekday, so that the words hardly change from the server's.
    const words = () => new Intl.DateTimeFormat("en-GB", STYLES[style]).format(moment).replace(",", "");
    time.textContent = style === "relative" ? relative(moment) : words();
  }
}
customElements.define("local-time", LocalTime);
