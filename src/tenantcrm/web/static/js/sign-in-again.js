// A session that has ended: the person signs in over the page, and what was pressed goes on from there.
// Fields, chosen files and ticked boxes stay where they are. Without script the sign-in page carries the form.
const page = document.querySelector("meta[name=business]");
const token = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["x-csrftoken"] ?? "";
const say = (words) => document.dispatchEvent(new CustomEvent("complain", { detail: words }));
const ENDED = "You have been signed out. Nothing you typed is lost: it stays here while you sign in.";
const ELSEWHERE =
  "This page belongs to another business than the one that you are in now. Copy what you typed, then load the page again.";
const AWAY = "The server cannot be reached. Nothing you typed is lost; please try again.";
let goOn = null;

// 200: a form of this page would be taken. 401: the session has ended. 403: another business. 0: nobody there.
async function standing(held) {
  try {
    return (await fetch("/session", { headers: { "HX-Request": "true", "x-csrftoken": held } })).status;
  } catch {
    return 0;
  }
}

async function ask(then) {
  goOn = then;
  if (document.querySelector("#sign-in-again[open]")) return;
  let host = document.getElementById("sign-in-host");
  if (!host) {
    host = document.createElement("div");
    host.id = "sign-in-host";
    document.body.append(host);
  }
  await htmx.ajax("GET", `/sign-in?business=${page.content}`, { target: host, swap: "innerHTML" });
  const email = document.getElementById("again-email");
  if (!email) return;
  email.value ||= page.dataset.email;
  // Where the dialog puts the focus when it opens.
  document.getElementById("again-password").autofocus = true;
}

document.addEventListener("signed-in", ({ detail }) => {
  if (detail.business !== page?.content) return;
  for (const field of document.querySelectorAll("input[name=_csrf_token]")) field.value = detail.token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": detail.token }));
  document.getElementById("sign-in-host")?.remove();
  const then = goOn;
  goOn = null;
  // Once htmx is through with its answer.
  setTimeout(() => then?.());
});

// What htmx sends: it is answered 401, and pressed once more.
const again = (elt, by) => () => {
  if (by.type !== "submit") return elt.click();
  by.target.requestSubmit(by.submitter?.isConnected ? by.submitter : undefined);
};
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.xhr.status !== 401 || !page) return;
  const { elt, verb, triggeringEvent: by } = detail.requestConfig;
  if (verb !== "get" && ["submit", "click"].includes(by?.type)) ask(again(elt, by));
  else say(ENDED);
});

// Forms that leave the page: nothing of them is sent before it is known that they are taken.
const asked = new WeakSet();
const free = new WeakSet();
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!page || event.defaultPrevented || form.method !== "post" || "leaves" in form.dataset || free.delete(form)) return;
  event.preventDefault();
  if (asked.has(form)) return;
  asked.add(form);
  const send = () => {
    free.add(form);
    form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  };
  const status = await standing(form.elements._csrf_token?.value ?? token());
  asked.delete(form);
  if (status === 401) ask(send);
  else if (status === 403) say(ELSEWHERE);
  else if (!status) say(AWAY);
  else send();
});

// The Back button shows pages as they were left, without asking the server: not to somebody who has signed out.
addEventListener("pageshow", async (event) => {
  if (event.persisted && page && [401, 403].includes(await standing(token()))) location.reload();
});
