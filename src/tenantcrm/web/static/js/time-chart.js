// <time-chart> draws the table inside it as lines over time (uPlot). The table stays for whoever reads
// tables; the bars that stand there without script go. Colours are the tokens of the stylesheet.
const HEIGHT = 240;
const TOKENS = ["--chart", "--ok", "--danger", "--warn"];
const DASHES = [[], [6, 3], [8, 3, 2, 3], [2, 3]];

const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const short = (seconds) => SHORT.format(new Date(seconds * 1000));
const number = (text) => Number(text.replaceAll(",", ""));

class TimeChart extends HTMLElement {
  connectedCallback() {
    const table = this.querySelector("table");
    if (!window.uPlot || !table || this.chart) return;
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 2) return; // One day is no line: the bar says it.
    this.names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent);
    this.data = [
      rows.map((row) => Date.parse(`${row.querySelector("time").dateTime}T12:00Z`) / 1000),
      ...this.names.map((_, at) => rows.map((row) => number(row.cells[at + 1].textContent))),
    ];
    this.figure = this.querySelector("figure");
    this.draw();
    this.sizes = new ResizeObserver(() => this.chart?.setSize(this.size()));
    this.sizes.observe(this);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.scheme.addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    this.sizes?.disconnect();
    this.scheme?.removeEventListener("change", this.redraw);
  }

  size() {
    return { width: Math.max(240, this.clientWidth), height: HEIGHT };
  }

  draw() {
    this.chart?.destroy();
    this.place?.remove();
    this.place = document.createElement("div");
    this.place.setAttribute("aria-hidden", "true");
    this.figure.append(this.place);
    this.classList.add("drawn");
    const style = getComputedStyle(this);
    const token = (name) => style.getPropertyValue(name).trim();
    const axis = {
      stroke: token("--ink-faint"),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: token("--line"), width: 1 },
      ticks: { stroke: token("--line"), width: 1 },
    };
    const whole = (_chart, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? tick.toLocaleString("en") : ""));
    // Marks stand under days that there are, as many as have room: between two days there is none.
    const days = (chart) => {
      const room = Math.max(2, Math.floor(chart.bbox.width / devicePixelRatio / 64));
      const step = Math.ceil(this.data[0].length / room);
      return this.data[0].filter((_, at) => at % step === 0);
    };
    this.chart = new window.uPlot(
      {
        ...this.size(),
        tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: true }, y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.05)] } },
        axes: [{ ...axis, splits: days, values: (_chart, ticks) => ticks.map(short) }, { ...axis, values: whole, size: 60 }],
        series: [
          { label: "Day", value: (_chart, at) => (at == null ? "–" : this.day(at)) },
          ...this.names.map((label, at) => ({
            label,
            stroke: token(TOKENS[at % TOKENS.length]),
            dash: DASHES[at % DASHES.length],
            width: 2,
            points: { show: this.data[0].length < 40 },
            value: (_chart, value) => (value == null ? "–" : value.toLocaleString("en")),
          })),
        ],
      },
      this.data,
      this.place,
    );
  }

  day(seconds) {
    const words = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    return new Date(seconds * 1000).toLocaleDateString("en-GB", words);
  }
}

customElements.define("time-chart", TimeChart);
