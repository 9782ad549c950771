// A session that has ended: the person signs in over the page, and what was pressed goes on from there. Fields,
// chosen files and ticked boxes stay where they are. Without script the sign-in page carries the form.
const page = document.querySelector("meta[name=business]");
const say = (status) => document.dispatchEvent(new CustomEvent("complain", { detail: status }));
let goOn = null;

function renew(token) {
  for (const field of document.querySelectorAll("input[name=_csrf_token]")) field.value = token;
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": token }));
}

// 200: a form of this page would be taken. 401: the session has ended. 403: another business. 0: nobody is there.
async function standing() {
  try {
    const answer = await fetch("/session", { headers: { "HX-Request": "true" } });
    if (!answer.ok) return answer.status;
    const { business, token } = await answer.json();
    if (business !== page.content) return 403;
    renew(token);
    return 200;
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
  renew(detail.token);
  document.getElementById("sign-in-host")?.remove();
  // Once htmx is through with its answer.
  setTimeout(() => {
    const then = goOn;
    goOn = null;
    then?.();
  });
});

const press = (form, by) => form.requestSubmit(by?.isConnected ? by : undefined);
document.addEventListener("htmx:responseError", async ({ detail }) => {
  const { status } = detail.xhr;
  if (status !== 401 && status !== 403) return;
  const { elt, headers, triggeringEvent: by } = detail.requestConfig;
  if (!page) return say(status);
  // A form with an old token is refused before anybody looks whether there is a session.
  const now = status === 403 ? await standing() : 401;
  // What the page asks for by itself, or while somebody types, takes the focus from nobody; and where
  // they are asked to sign in already, there is nothing to add.
  if (!["submit", "click"].includes(by?.type)) {
    if (!goOn && now !== 200) say(now);
    return;
  }
  const again = () => (by.type === "submit" ? press(by.target, by.submitter) : elt.click());
  if (now === 401) ask(again);
  else if (now === 200 && !document.body.getAttribute("hx-headers").includes(headers["x-csrftoken"])) again();
  else say(403);
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
    press(form, submitter);
  };
  const status = await standing();
  asked.delete(form);
  if (status === 200) send();
  else if (status === 401) ask(send);
  else say(status === 403 ? 403 : 0);
});

// The Back button shows a page as it was left, without asking the server: not to somebody who has signed out.
addEventListener("pageshow", async (event) => {
  if (event.persisted && page && [401, 403].includes(await standing())) location.reload();
});
