// Comfort only: everything works without it. Keys, copying, and a page that keeps up with what happens.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = () => all("[data-row]");
  const link = (row) => row && find("a[href]", row)?.getAttribute("href");
  let cursor = -1, went = 0;

  const isTyping = (target) => target?.closest("input, textarea, select, [contenteditable]");

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
      case "[": find("a[rel=prev]")?.click(); break;
      case "]": find("a[rel=next]")?.click(); break;
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

  // What of a page only a script can do.
  function equip(root) {
    for (const block of all("pre.command, .offers .command", root)) {
      if (block.nextElementSibling?.matches("button.copy")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the command");
      button.addEventListener("click", async () => { await copy(block.textContent); button.textContent = "Copied"; });
      block.after(button);
    }
  }
  equip(document);

  // Live: the server says what changed; the page is fetched again and its main part replaced, but for a form that somebody
  // has begun to fill in. One tab of a browser holds the connection and tells the others, since a browser has few for a server.
  const light = find("#live"), word = find("#live-text"), main = find("main");
  const mine = location.pathname.startsWith("/instances/")
    ? decodeURIComponent(location.pathname.split("/").slice(2, 4).join("/")) : null;
  const radio = "BroadcastChannel" in window ? new BroadcastChannel("pawl-live") : null;
  const ofInstances = ["adapter", "workflow", "other"];
  // So long a page is believed that nothing was said about: what is overdue becomes so without anything happening.
  const age = 30_000, silence = 40_000;
  let isWanted = sessionStorage.getItem("live") !== "off", isStale = false, timer = 0, isBusy = false;
  // Of the connection: null as long as nobody has said.
  let isUp = null, made = document.documentElement.dataset.server, fresh = Date.now();
  let kept = 0, trouble = "";

  const isChanged = (field) =>
    field.type === "hidden" ? false
      : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT" ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((it) => it.defaultSelected))
      : "defaultValue" in field && field.tagName !== "BUTTON" && field.tagName !== "OUTPUT" && field.value !== field.defaultValue;
  const isBegun = (form) => [...form.elements].some((it) => isChanged(it) || (it === document.activeElement && isTyping(it)));

  // What tells a form of a page from its others, in every rendering of it.
  function name(form, root) {
    const own = (it) => [it.getAttribute("action"), it.getAttribute("aria-label"), ...[...it.elements].map((field) => field.name)].join("\n");
    return own(form) + "\n" + all("form", root).filter((it) => own(it) === own(form)).indexOf(form);
  }

  // Makes `old` what `next` is, but for the forms in `pairs`, which stay where they are: moved, they would lose the focus.
  function replaceAround(old, next, pairs) {
    for (const { name: attribute, value } of [...next.attributes]) old.setAttribute(attribute, value);
    const stones = [...old.childNodes].filter((it) => pairs.some(([form]) => it.contains(form)));
    const mates = stones.map((it) => [...next.childNodes].find((other) => pairs.some(([form, twin]) => it.contains(form) && other.contains(twin))));
    for (const it of [...old.childNodes]) if (!stones.includes(it)) it.remove();
    let place = 0;
    for (const it of [...next.childNodes]) {
      const index = mates.indexOf(it);
      if (index >= 0) {
        place = index + 1;
        if (!pairs.some(([form]) => form === stones[index])) replaceAround(stones[index], it, pairs);
      } else if (place < stones.length) {
        stones[place].before(it);
      } else {
        old.append(it);
      }
    }
  }

  // Whether every form that is kept has its place in the new page, in the same order and as deep.
  function fits(old, next, pairs) {
    const mates = [...old.childNodes].filter((it) => pairs.some(([form]) => it.contains(form))).map((it) => {
      const own = pairs.filter(([form]) => it.contains(form));
      const mate = [...next.childNodes].find((other) => other.contains(own[0][1]));
      const isWhole = mate && mate.nodeName === it.nodeName && own.every(([form, twin]) => mate.contains(twin) && (form === it) === (twin === mate));
      return isWhole && (own[0][0] === it || fits(it, mate, own)) ? [...next.childNodes].indexOf(mate) : -1;
    });
    return mates.every((place, index) => place >= 0 && (index === 0 || mates[index - 1] < place));
  }

  // Beside what somebody fills in: what became of the rest meanwhile.
  function note(form, text) {
    let line = find(".kept", form);
    if (!text) { line?.remove(); return; }
    if (!line) {
      line = document.createElement("p");
      line.className = "kept";
      line.setAttribute("role", "status");
      form.append(line);
    }
    if (line.textContent !== text) line.textContent = text;
  }

  // By which the server knows its own forms: new where it is another process, or another login.
  const proof = "form-token";
  const renew = (form, twin) => { if (form.elements[proof] && twin.elements[proof]) form.elements[proof].value = twin.elements[proof].value; };

  // What it is about, and what can be done.
  const seen = (form) => all(`input[type=hidden]:not([name="${proof}"]), .buttons button`, form).map((it) => `${it.value} ${it.textContent}`).join("\n");

  function replace(next) {
    const begun = all("form", main).filter(isBegun);
    const pairs = begun.map((form) => [form, all("form", next).find((it) => name(it, next) === name(form, main))]);
    kept = begun.length;
    if (!pairs.every(([, twin]) => twin) || !fits(main, next, pairs)) {
      trouble = "Not live: what you fill in is no longer offered";
      for (const [form, twin] of pairs) note(form, twin ? "" : "The page has changed, and this is no longer offered. Reload it to see.");
      return false;
    }
    trouble = "";
    const at = link(rows()[cursor]);
    const focus = document.activeElement, isLost = main.contains(focus) && !begun.some((it) => it.contains(focus));
    const again = !isLost ? null : focus.matches("a[href]") ? `main a[href="${CSS.escape(focus.getAttribute("href"))}"]`
      : focus.matches("button[name]") ? `main button[name="${CSS.escape(focus.name)}"][value="${CSS.escape(focus.value)}"]` : null;
    const open = all("details", main).map((it) => [find("summary", it)?.textContent, it.open]);
    const twins = all("details", next);
    for (const [text, isOpen] of open) {
      const twin = twins.find((it) => find("summary", it)?.textContent === text);
      if (twin) { twin.open = isOpen; twins.splice(twins.indexOf(twin), 1); }
    }
    for (const [form, twin] of pairs) {
      note(form, seen(form) === seen(twin) ? "" : "What this is about has changed since you began. Look at it again: sent as it is, it may be refused.");
    }
    replaceAround(main, next, pairs);
    for (const [form, twin] of pairs) renew(form, twin);
    equip(main);
    if (again) find(again)?.focus({ preventScroll: true });
    cursor = at ? rows().findIndex((it) => link(it) === at) : -1;
    rows()[cursor]?.classList.add("cursor");
    return true;
  }

  async function refresh() {
    clearTimeout(timer);
    timer = 0;
    if (document.hidden || !isWanted || isBusy) { isStale = true; return; }
    if ("answer" in main.dataset) return;
    isBusy = true;
    isStale = false;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected && all("form", main).some(isBegun)) {
        trouble = "Not live: your login has ended";
        for (const form of all("form", main).filter(isBegun)) note(form, "Your login has ended. Log in in another window; what you fill in stays.");
        return;
      }
      if (answer.redirected) { location.assign(answer.url); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = find("main", page);
      if (!next || answer.status >= 500) throw new Error();
      // Another program has made it: its style and its script go with it.
      const other = page.documentElement.dataset.server;
      if (other !== made && !all("form", main).some(isBegun)) { location.reload(); return; }
      if (replace(next)) for (const part of [".bar time", "#menu .entries"]) find(part)?.replaceWith(find(part, page));
      made = other;
      fresh = Date.now();
    } catch {
      isStale = true;
      trouble = "Not live: the page cannot be had";
    } finally {
      isBusy = false;
      show();
    }
    if (isStale && !trouble) plan(300);
  }

  function plan(delay) {
    if (!isWanted || document.hidden) { isStale = true; return; }
    timer ||= setTimeout(refresh, delay);
  }

  // `up`: the connection stands, and to which process; `names` and `others`: what changed.
  function heard(news) {
    if ("up" in news) {
      isUp = news.up;
      // What happened while nobody listened is not told again.
      if (isUp && (news.isNew || news.server !== made)) plan(0);
      show();
    }
    if (!news.names) return;
    const isMine = !mine || news.more || news.names.includes(mine);
    const isNear = news.others.some((it) => !mine || ofInstances.includes(it));
    if (isMine || isNear) plan(mine && isMine ? 300 : 2000);
  }

  // Tells this tab and the others.
  function listen() {
    let source = null, last = Date.now(), state = { up: false };
    const tell = (news) => { heard(news); radio?.postMessage(news); };
    const turn = (up, server) => {
      const isNew = up && state.up === false && state.server !== undefined;
      state = { up, server: server ?? state.server };
      tell({ ...state, isNew });
    };
    const open = () => {
      source?.close();
      source = new EventSource("/live");
      last = Date.now();
      const on = (kind, act) => source.addEventListener(kind, (event) => { last = Date.now(); act(JSON.parse(event.data)); });
      on("ready", (it) => turn(true, it.server));
      on("alive", () => {});
      on("changed", tell);
      source.addEventListener("error", () => turn(false));
    };
    radio?.addEventListener("message", (event) => { if (event.data.isAsking) radio.postMessage({ ...state, isNew: false }); });
    // A browser does not try again after a refusal, and does not notice a connection that only went silent.
    const watch = setInterval(() => {
      if (source.readyState === EventSource.CLOSED) open();
      else if (Date.now() - last > silence) { turn(false); open(); }
    }, 3000);
    open();
    return () => { clearInterval(watch); source.close(); };
  }

  function show() {
    const isAnswer = "answer" in main.dataset;
    const text = isAnswer ? "Not live: an answer to your form" : !isWanted ? "Not live" : isUp === false ? "Not connected" : trouble
      || (kept ? "Live, but for what you fill in" : "Live");
    light.hidden = isUp === null;
    light.classList.toggle("off", !text.startsWith("Live"));
    if (word.textContent !== text) word.textContent = light.title = text;
  }

  function toggle() {
    isWanted = !isWanted;
    sessionStorage.setItem("live", isWanted ? "on" : "off");
    show();
    if (isWanted && isStale) refresh();
  }

  if ("EventSource" in window && light) {
    show();
    radio?.addEventListener("message", (event) => heard(event.data));
    document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) refresh(); });
    const look = () => {
      const before = kept;
      kept = all("form", main).filter(isBegun).length;
      if (before && !kept) plan(0);
      show();
    };
    main.addEventListener("focusin", look);
    main.addEventListener("focusout", () => setTimeout(look));
    main.addEventListener("input", look);
    setInterval(() => { if (isUp && Date.now() - fresh > age) plan(0); }, 5000);
    if (radio && navigator.locks) {
      navigator.locks.request("pawl-live", () => new Promise(() => { listen(); }));
      radio.postMessage({ isAsking: true });
    } else {
      let stop = null;
      const keep = () => { if (document.hidden) { stop?.(); stop = null; } else { stop ??= listen(); } };
      document.addEventListener("visibilitychange", keep);
      keep();
    }
  }
})();
