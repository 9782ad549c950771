// The inbox works without this: it only lets the clock run and new mail appear by itself.
const POLL_MS = 1500;
const TICK_MS = 200;
const day = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const clock = document.querySelector("[data-clock]");
let anchor = { at: performance.now(), now: Date.parse(clock.dateTime), rate: Number(clock.dataset.rate) };

function tick() {
  const now = new Date(anchor.now + (performance.now() - anchor.at) * anchor.rate);
  clock.querySelector("[data-day]").textContent = day.format(now).replace(",", "");
  clock.querySelector("[data-time]").textContent = now.toISOString().slice(11, 19);
}

async function refresh() {
  const state = await (await fetch("/inbox/state")).json();
  anchor = { at: performance.now(), now: Date.parse(state.now), rate: state.rate };
  const main = document.querySelector("main[data-live]");
  if (!main || main.dataset.live === state.version || main.querySelector("details[open]")) return;
  const answer = await fetch(location.href);
  if (answer.ok) show(main, await answer.text());
}

function show(main, page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("main");
  const before = new Set([...main.querySelectorAll(".mail")].map((mail) => mail.id));
  for (const mail of fresh.querySelectorAll(".mail")) {
    mail.classList.toggle("fresh", !before.has(mail.id));
  }
  const focused = document.activeElement?.id;
  const typed = main.querySelector("#to")?.value;
  main.replaceChildren(...fresh.children);
  main.dataset.live = fresh.dataset.live;
  const search = main.querySelector("#to");
  if (search && typed !== undefined) search.value = typed;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function poll() {
  // A simulator that is being restarted is no error worth showing: the next turn finds it again.
  if (!document.hidden) await refresh().catch(() => {});
  setTimeout(poll, POLL_MS);
}

setInterval(tick, TICK_MS);
poll();
