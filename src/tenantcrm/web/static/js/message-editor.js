// The message editor: says whether all is saved, keeps the frame in step, puts variables in where the
// cursor was, and leads to the spot of a finding. All of it is for comfort: the page works without.
const QUIET = new Set(["q", "as", "view"]);
const WIDE = 720;
const form = () => document.getElementById("message-form");
let changes = 0;
let sent = 0;
let last = null;

function say(words, state) {
  const line = document.getElementById("save-state");
  if (!line || line.textContent.trim() === words) return;
  line.textContent = words;
  line.className = `save-state save-state-${state}`;
}
const dirty = () => changes > sent;

document.addEventListener("input", (event) => {
  if (!form() || event.target.form !== form() || QUIET.has(event.target.name)) return;
  changes += 1;
  say("Not saved yet", "dirty");
});
const saves = (element) => element?.id === "save" || element?.id === "save-over";
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (saves(elt)) {
    elt.dataset.at = changes;
    say("Saving…", "busy");
  } else if (/^(add|up|down|copy|delete):/.test(elt.value ?? "") || elt.name === "format") {
    changes += 1;
    say("Not saved yet", "dirty");
  }
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr } = event.detail;
  if (!saves(elt)) return;
  if (xhr.status === 200) sent = Number(elt.dataset.at);
  else if (xhr.status !== 422) say("Not saved", "failed");
  if (xhr.status === 200 && dirty()) setTimeout(() => say("Not saved yet", "dirty"));
});
document.addEventListener("submit", (event) => {
  // A whole page follows: what is typed goes along.
  if (event.target === form()) sent = changes;
});
addEventListener("beforeunload", (event) => {
  if (form() && dirty()) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const button = document.getElementById("save");
  if (!button) return;
  event.preventDefault();
  button.click();
});

// Variables.
document.addEventListener("focusin", (event) => {
  const { target } = event;
  if (target.form === form() && target.matches("input[type=text], textarea") && !QUIET.has(target.name)) last = target;
  else if (target.matches("code-editor, code-editor *")) last = target.closest("code-editor");
});
document.addEventListener("click", (event) => {
  const words = event.target.closest?.("[data-insert]")?.dataset.insert;
  if (!words) return;
  const goal = last?.isConnected ? last : document.querySelector("code-editor, .block textarea, #f-subject");
  if (!goal) return;
  if (goal.insert?.(words)) return;
  const field = goal.matches("code-editor") ? goal.querySelector("textarea") : goal;
  field.focus();
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// Spots.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.finding-spot, #error-summary a");
  const goal = link && document.getElementById(link.hash.slice(1));
  if (!goal) return;
  const editor = goal.closest("code-editor");
  if (editor) {
    event.preventDefault();
    editor.goTo(Number(link.dataset.line ?? 1));
    editor.scrollIntoView({ block: "nearest" });
  } else if (goal.matches(".block")) {
    event.preventDefault();
    goal.scrollIntoView({ block: "center" });
    (goal.querySelector("input:not([type=hidden]), textarea, select") ?? goal).focus({ preventScroll: true });
  }
});

// The frame: the next mail is loaded behind the one that is shown, so that nothing flickers.
function showFrame() {
  const facts = document.getElementById("facts");
  const stage = document.getElementById("mail-stage");
  if (!facts || !stage) return;
  const { src, view } = facts.dataset;
  const shown = stage.querySelector("iframe:last-of-type");
  if (!src || (shown.getAttribute("src") === src)) return fit();
  const next = document.createElement("iframe");
  next.className = "mail-frame mail-frame-next";
  next.title = shown.title;
  next.setAttribute("sandbox", shown.getAttribute("sandbox"));
  next.addEventListener("load", () => {
    for (const old of stage.querySelectorAll("iframe")) if (old !== next) old.remove();
    next.classList.remove("mail-frame-next");
    stage.className = `mail-stage mail-stage-${view}`;
    fit();
  });
  if (view === "dark" || stage.classList.contains("mail-stage-dark")) stage.className = `mail-stage mail-stage-${view}`;
  for (const old of stage.querySelectorAll(".mail-frame-next")) old.remove();
  next.src = src;
  stage.append(next);
}
// A mail is laid out for the width of a window, also where the page has less room for it.
function fit() {
  const stage = document.getElementById("mail-stage");
  if (!stage) return;
  const wide = stage.matches(".mail-stage-desktop, .mail-stage-dark") ? WIDE : 0;
  const scale = wide ? Math.min(1, stage.clientWidth / wide) : 1;
  for (const frame of stage.querySelectorAll("iframe")) {
    frame.style.width = scale < 1 ? `${wide}px` : "";
    frame.style.height = scale < 1 ? `${Math.round(100 / scale)}%` : "";
    frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  }
}
const watcher = new ResizeObserver(fit);
function settle() {
  const stage = document.getElementById("mail-stage");
  if (stage) watcher.observe(stage);
  showFrame();
}
document.addEventListener("htmx:afterSettle", settle);
document.addEventListener("htmx:oobAfterSwap", settle);
document.addEventListener("toggle", (event) => {
  // One menu of the editor is open at a time.
  if (!event.target.open || !event.target.matches?.(".block-add")) return;
  for (const other of document.querySelectorAll(".block-add[open]")) if (other !== event.target) other.open = false;
}, true);
settle();
