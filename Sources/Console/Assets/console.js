// Comfort only: everything works without it. Keys, copying, and a page that keeps up with what happens.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let cursor = -1, went = 0;

  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  function move(step) {
    const list = rows();
    if (!list.length) return;
    list[cursor]?.classList.remove("cursor");
    cursor = Math.max(0, Math.min(list.length - 1, cursor + step));
    list[cursor].classList.add("cursor");
    find("a", list[cursor])?.focus();
  }

  const places = { t: "/", i: "/incidents", n: "/instances", k: "/tasks", w: "/workflows", s: "/schedules", a: "/adapters", e: "/events", y: "/system" };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); return; }
    if (isTyping(event.target)) return;
    if (went && Date.now() - went < 1500 && places[event.key]) { went = 0; location.assign(places[event.key]); return; }
    went = 0;
    switch (event.key) {
      case "/": (find("#filter") || find("#find"))?.focus(); break;
      case "j": move(1); break;
      case "k": move(-1); break;
      case "g": went = Date.now(); break;
      case ".": find(".offers a, .acts a.button")?.focus(); break;
      case "y": copy(find("h1.name")?.textContent.trim()); break;
      case "p": toggle(); break;
      case "?": location.assign("/keys"); break;
      default: return;
    }
    event.preventDefault();
  });

  async function copy(text) {
    if (text) await navigator.clipboard?.writeText(text);
  }

  for (const block of document.querySelectorAll("pre.command, .offers .command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the command");
    button.addEventListener("click", async () => { await copy(block.textContent); button.textContent = "Copied"; });
    block.after(button);
  }

  // Live: the server says which instances changed; the page is fetched again and its main part replaced where nobody is at
  // it. One tab of a browser holds the connection and tells the others, since a browser has few for a server.
  const light = find("#live"), word = find("#live-text");
  const mine = location.pathname.startsWith("/instances/")
    ? decodeURIComponent(location.pathname.split("/").slice(2, 4).join("/")) : null;
  const radio = "BroadcastChannel" in window ? new BroadcastChannel("pawl-live") : null;
  let isWanted = sessionStorage.getItem("live") !== "off", timer = 0, isStale = false;

  async function refresh() {
    timer = 0;
    if (document.hidden || !isWanted) { isStale = true; return; }
    const main = find("main");
    if (main.contains(document.activeElement) && isTyping(document.activeElement)) { timer = setTimeout(refresh, 5000); return; }
    if (find("main form[method=post]")) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const focus = document.activeElement?.getAttribute?.("href");
    const open = [...main.querySelectorAll("details[open] > summary")].map((it) => it.textContent);
    main.replaceChildren(...fresh.querySelector("main").childNodes);
    for (const part of [".bar time", "#menu .entries"]) find(part)?.replaceWith(fresh.querySelector(part));
    for (const summary of main.querySelectorAll("details > summary")) {
      if (open.includes(summary.textContent)) summary.parentElement.open = true;
    }
    if (focus) find(`main a[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
    cursor = -1;
  }

  function heard(news) {
    light.hidden = false;
    if (!news.names || (mine && !news.more && !news.names.includes(mine))) return;
    if (!isWanted || document.hidden) { isStale = true; return; }
    timer ||= setTimeout(refresh, mine ? 300 : 2000);
  }

  function listen() {
    const source = new EventSource("/live");
    const tell = (news) => { heard(news); radio?.postMessage(news); };
    source.addEventListener("ready", () => tell({}));
    source.addEventListener("changed", (event) => tell(JSON.parse(event.data)));
    return source;
  }

  function show() {
    light.classList.toggle("off", !isWanted);
    word.textContent = isWanted ? "Live" : "Not live";
  }

  function toggle() {
    isWanted = !isWanted;
    sessionStorage.setItem("live", isWanted ? "on" : "off");
    show();
    if (isWanted && isStale) { isStale = false; refresh(); }
  }

  if ("EventSource" in window && light) {
    show();
    radio?.addEventListener("message", (event) => heard(event.data));
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) { isStale = false; refresh(); } });
    if (radio && navigator.locks) {
      navigator.locks.request("pawl-live", () => new Promise(() => { listen(); }));
      navigator.locks.query().then((state) => { light.hidden = !state.held?.length; });
    } else {
      let source = null;
      const keep = () => { if (document.hidden) { source?.close(); source = null; } else { source ??= listen(); } };
      document.addEventListener("visibilitychange", keep);
      keep();
    }
  }
})();
