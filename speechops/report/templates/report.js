"use strict";
// The utterances of the report: filtered, sorted, and made into rows as they come into view. What is shown is
// kept in the address, so that every view and every utterance has a link.
(() => {
  const id = (name) => document.getElementById(name);

  // --- theme: the system's, until the reader chooses ---
  const theme = id("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = (choice) => {
    document.documentElement.style.colorScheme = choice;
    theme.textContent = choice === "dark" ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Use the ${theme.textContent.toLowerCase()} theme`);
  };
  let chosen = "";
  try { chosen = localStorage.getItem("speechops-theme") || ""; } catch { /* a file may have no storage */ }
  paint(chosen || (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!chosen) paint(dark.matches ? "dark" : "light"); });
  theme.addEventListener("click", () => {
    chosen = document.documentElement.style.colorScheme === "dark" ? "light" : "dark";
    paint(chosen);
    try { localStorage.setItem("speechops-theme", chosen); } catch { /* then for this page alone */ }
  });
  theme.hidden = false;

  // --- copying ---
  const put = (text) => {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  };
  const copy = async (text, button) => {
    try { await navigator.clipboard.writeText(text); } catch { put(text); button.focus(); }
    const label = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 1200);
  };
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(id(button.dataset.lines).textContent, button));
  }
  const link = id("link");
  link.hidden = false;
  link.addEventListener("click", () => copy(location.href, link));

  // --- tables that sort by any of their columns ---
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim().replaceAll("−", "-");
    const number = parseFloat(text.replaceAll(",", ""));
    return { text, number: Number.isNaN(number) ? -Infinity : number };
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH") return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("n");
        const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : numeric;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...table.tBodies[0].rows].map((row) => [row, value(row, column)]);
        keyed.sort(([, a], [, b]) => (numeric ? a.number - b.number : a.text.localeCompare(b.text)) * (down ? -1 : 1));
        table.tBodies[0].append(...keyed.map(([row]) => row));
      });
    });
  }

  const block = id("data");
  if (!block) return;
  const { utterances, clips, advice } = JSON.parse(block.textContent);
  const list = id("list");
  const { language, direction, unit } = list.dataset;
  const PORTION = 40, AT_ONCE = 10, PRINTED = 1000, FOLDED = 9, SHOWN_BESIDE = 2;

  // --- texts as the report's rules see them ---
  const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;
  const plain = (text) => text.normalize("NFC").toLowerCase().replaceAll("\u2019", "'");
  const normalized = (text) => {
    let made = text.normalize("NFKC").toLowerCase()
      .replace(/[\u2018\u2019\u201b\u2032\u02b9\u02bb\u02bc\u02bd\u00b4`]/g, "'")
      .replace(/(?!['\u00b7])[\p{P}\p{S}\p{C}]/gu, " ")
      .replace(/(^|\s)['\u00b7]+|['\u00b7]+(?=\s|$)/g, " ");
    if (unit === "mixed") made = made.replace(UNSPACED, " $& ");
    if (unit === "character") made = [...made.replaceAll(" ", "")].join(" ");
    return made.trim().replace(/\s+/g, " ");
  };

  const errors = (path) => {
    let found = 0;
    for (let at = 0; at < path.length; at++) if (path[at] !== "=") found++;
    return found;
  };
  const REPLACED = 1, LOST = 2, EXTRA = 4;
  const kindsOf = (path) => {
    let kinds = 0;
    for (const [region] of path.matchAll(/[SDI]+/g)) {
      const said = region.includes("S") || region.includes("D"), heard = region.includes("S") || region.includes("I");
      kinds |= said && heard ? REPLACED : said ? LOST : EXTRA;
    }
    return kinds;
  };
  const rows = utterances.map(([name, group, raw, left, said, before, heard, after, heardToo]) => {
    const paired = after !== undefined && after !== null;
    const was = errors(before), is = paired ? errors(after) : was;
    return {
      name, group, raw, left, said, before, heard, after, heardToo, paired, was, is,
      change: is - was,
      kinds: kindsOf(paired ? after : before),
      length: said ? said.split(" ").length : 0,
      text: `${name}\n ${said} \n ${heard} \n ${heardToo || ""} `.toLowerCase(),
      written: plain(`${name}\n${raw}`),
    };
  });

  // --- what is shown, and in which order ---
  const SHOWN = {
    all: () => true,
    changed: (row) => !row.left && (row.before !== row.after || row.heard !== row.heardToo),
    worse: (row) => !row.left && row.change > 0,
    better: (row) => !row.left && row.change < 0,
    both: (row) => !row.left && row.was > 0 && row.is > 0,
    wrong: (row) => !row.left && row.is > 0,
    right: (row) => !row.left && row.was === 0 && row.is === 0,
    left: (row) => row.left,
  };
  // Rows are kept in the order of their names, which every other order falls back to: sorting is stable.
  const byName = new Intl.Collator(undefined, { numeric: true }).compare;
  rows.sort((a, b) => byName(a.name, b.name));
  const first = (key) => (a, b) => (a.left ? 1 : 0) - (b.left ? 1 : 0) || key(a) - key(b);
  const SORTED = {
    worse: first((row) => -row.change),
    better: first((row) => row.change),
    errors: first((row) => -row.is),
    length: first((row) => -row.length),
    id: () => 0,
  };
  const orders = new Map();
  const ordered = (name) => {
    if (!orders.has(name)) orders.set(name, [...rows].sort(SORTED[name]));
    return orders.get(name);
  };

  const filters = id("filters"), search = id("search"), show = id("show"), group = id("group");
  const sort = id("sort"), count = id("count"), more = id("more"), narrowed = id("narrowed"), copied = id("copy");
  const kinds = [...id("kinds").querySelectorAll("input")];
  const groups = [...new Set(rows.map((row) => row.group))].filter(Boolean).sort(byName);
  for (const name of groups) group.append(new Option(name, name));
  id("grouping").hidden = groups.length < 2;
  const standard = sort.value;

  // Beside what the controls say: one word, one utterance, or the utterances of one piece of advice.
  let narrow = {}, chosenRows = [], drawn = 0;
  const narrowing = () => {
    if (narrow.u) return [`utterance ${narrow.u}`, (row) => row.name === narrow.u];
    if (narrow.word) {
      const word = ` ${narrow.word} `;
      return [`word “${narrow.word}”`, (row) => ` ${row.said} `.includes(word)];
    }
    if (narrow.advice !== undefined && advice[narrow.advice]) {
      const ids = new Set(advice[narrow.advice]);
      return [`step ${Number(narrow.advice) + 1}`, (row) => ids.has(row.name)];
    }
    return ["", () => true];
  };
  const wantedKinds = () => {
    if (kinds.every((box) => box.checked)) return 0;
    const bits = { replaced: REPLACED, lost: LOST, extra: EXTRA };
    return kinds.reduce((sum, box) => sum | (box.checked ? bits[box.value] : 0), 8);
  };
  const choose = (portion = PORTION) => {
    const words = normalized(search.value), written = plain(search.value.trim());
    const wanted = SHOWN[show.value] || SHOWN.all, [label, within] = narrowing(), bits = wantedKinds();
    chosenRows = ordered(sort.value).filter((row) =>
      wanted(row) && within(row) && (!group.value || row.group === group.value) && (!bits || row.kinds & bits)
      && (!written || (words && row.text.includes(words)) || row.written.includes(written)));
    list.replaceChildren();
    drawn = 0;
    draw(portion);
    count.textContent = `${chosenRows.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} utterances`;
    narrowed.hidden = !label;
    narrowed.textContent = `${label} ✕`;
    narrowed.setAttribute("aria-label", `Show more than ${label}`);
  };
  const draw = (portion) => {
    const next = chosenRows.slice(drawn, drawn + portion);
    list.append(...next.map(item));
    if (drawn === 0 && list.firstElementChild) list.firstElementChild.tabIndex = 0;
    drawn += next.length;
    more.hidden = drawn >= chosenRows.length;
  };

  // --- the address ---
  const state = () => {
    const parts = new URLSearchParams(narrow);
    if (search.value) parts.set("q", search.value);
    if (show.value !== "all") parts.set("show", show.value);
    if (group.value) parts.set("group", group.value);
    if (sort.value !== standard) parts.set("sort", sort.value);
    const off = kinds.filter((box) => !box.checked).map((box) => box.value);
    if (off.length) parts.set("without", off.join(","));
    return parts.toString();
  };
  const remember = () => {
    const text = state();
    try { history.replaceState(null, "", text ? `#${text}` : "#utterances"); } catch { /* a page in a frame */ }
  };
  const select = (control, wanted, otherwise) => {
    control.value = [...control.options].some((option) => option.value === wanted) ? wanted : otherwise;
  };
  const follow = () => {
    const text = location.hash.slice(1);
    if (!text.includes("=")) return false;
    const parts = new URLSearchParams(text);
    narrow = {};
    for (const key of ["u", "word", "advice"]) if (parts.has(key)) narrow[key] = parts.get(key);
    search.value = parts.get("q") || "";
    select(show, parts.get("show"), "all");
    select(group, parts.get("group"), "");
    select(sort, parts.get("sort"), standard);
    const off = (parts.get("without") || "").split(",");
    for (const box of kinds) box.checked = !off.includes(box.value);
    choose();
    id("utterances").scrollIntoView();
    return true;
  };
  addEventListener("hashchange", follow);

  // --- one utterance ---
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const plural = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;

  // Lays a path along the reference: what was recognized at each word, and what was put in before it.
  const laid = (path, heard, length) => {
    const words = heard ? heard.split(" ") : [];
    const at = Array(length), before = Array.from({ length: length + 1 }, () => []);
    let said = 0, next = 0;
    for (const kind of path) {
      if (kind === "I") before[said].push(words[next++]);
      else at[said++] = kind === "D" ? { kind } : { kind, word: words[next++] };
    }
    return { at, before };
  };
  const cell = (heard) => {
    if (!heard) return element("span", "", "");
    if (heard.kind === "=") return element("span", "h", heard.word);
    if (heard.kind === "D") return element("span", "gap", "∅");
    return element("span", heard.kind === "S" ? "s" : "i", heard.word);
  };
  const column = (said, ...heard) => {
    const made = element("span", heard.every((one) => one && one.kind === "=") ? "c hit" : "c");
    made.append(element("span", "r", said), ...heard.map(cell));
    return made;
  };
  // Folds long stretches that both models got right, but for a few words beside the errors.
  const fold = (columns) => {
    const made = [];
    for (let at = 0; at < columns.length;) {
      let end = at;
      while (end < columns.length && columns[end].classList.contains("hit")) end++;
      if (end - at < FOLDED) {
        made.push(...columns.slice(at, Math.max(end, at + 1)));
        at = Math.max(end, at + 1);
        continue;
      }
      const hidden = columns.slice(at + SHOWN_BESIDE, end - SHOWN_BESIDE);
      const button = element("button", "fold", `… ${hidden.length} …`);
      button.type = "button";
      button.tabIndex = -1;
      button.addEventListener("click", () => button.replaceWith(...hidden));
      made.push(...columns.slice(at, at + SHOWN_BESIDE), button, ...columns.slice(end - SHOWN_BESIDE, end));
      at = end;
    }
    return made;
  };
  const aligned = (row) => {
    const said = row.said ? row.said.split(" ") : [];
    const sides = [laid(row.before, row.heard, said.length)];
    if (row.paired) sides.push(laid(row.after, row.heardToo, said.length));
    const box = element("div", "words");
    box.dir = direction;
    box.lang = language;
    box.dataset.unit = unit;
    box.setAttribute("aria-hidden", "true");
    const labels = element("span", "c labels");
    labels.dir = "ltr";
    labels.lang = "en";
    labels.append(...["said", "benchmark", "candidate"].slice(0, sides.length + 1).map((text) => element("span", "", text)));
    const columns = [];
    for (let place = 0; place <= said.length; place++) {
      const extra = Math.max(...sides.map((side) => side.before[place].length));
      for (let at = 0; at < extra; at++) {
        columns.push(column("", ...sides.map(({ before }) =>
          at < before[place].length ? { kind: "I", word: before[place][at] } : undefined)));
      }
      if (place < said.length) columns.push(column(said[place], ...sides.map((side) => side.at[place])));
    }
    box.append(labels, ...fold(columns));
    return box;
  };
  const spoken = (row) => {
    const box = element("p", "sr");
    const part = (label, text) => {
      const words = element("span", "", text || "nothing");
      if (text) { words.lang = language; words.dir = direction; }
      box.append(`${label}: `, words, ". ");
    };
    part("Said", row.said);
    part(`Benchmark, ${plural(row.was, "error")}`, row.heard);
    if (row.paired) part(`Candidate, ${plural(row.is, "error")}`, row.heardToo);
    return box;
  };
  const changed = (row) => {
    if (row.change < 0) return element("span", "outcome green", `${plural(-row.change, "error")} fewer`);
    if (row.change > 0) return element("span", "outcome red", `${plural(row.change, "error")} more`);
    return element("span", "outcome grey", "equal");
  };
  const asText = (row) => [row.name, `said\t${row.raw || row.said}`, `benchmark\t${row.heard}`,
    ...(row.paired ? [`candidate\t${row.heardToo}`] : [])].join("\n");
  const item = (row) => {
    const made = element("li", row.left ? "left" : "");
    made.tabIndex = -1;
    if (row.is) made.dataset.wrong = "";
    const head = element("p", "head");
    const anchor = element("a", "anchor", "#");
    anchor.href = `#${new URLSearchParams({ u: row.name })}`;
    anchor.setAttribute("aria-label", `Link to ${row.name}`);
    head.append(anchor, element("code", "", row.name));
    if (row.left) head.append(element("span", "outcome amber", `left out: ${row.left}`));
    else if (row.paired) head.append(changed(row));
    const length = plural(row.length, unit === "word" ? "word" : "character");
    if (row.said) head.append(element("span", "", `${length}, ${row.paired ? `${row.was} → ${plural(row.is, "error")}` : plural(row.was, "error")}`));
    if (row.group) head.append(element("span", "chip", row.group));
    made.append(head);
    if (!row.said && row.left) return made;
    const button = element("button", "quiet copied", "Copy");
    button.type = "button";
    button.setAttribute("aria-label", `Copy ${row.name} as text`);
    button.addEventListener("click", () => copy(asText(row), button));
    head.append(button);
    if (unit !== "word" && row.raw) {
      const written = element("p", "raw", row.raw);
      written.lang = language;
      written.dir = direction;
      made.append(written);
    }
    made.append(aligned(row), spoken(row));
    if (Object.hasOwn(clips, row.name)) {
      const player = element("audio");
      player.controls = true;
      player.preload = "none";
      player.src = `data:audio/wav;base64,${clips[row.name]}`;
      player.setAttribute("aria-label", `Recording ${row.name}`);
      made.append(player);
    }
    return made;
  };

  // --- moving about ---
  const go = (to) => {
    if (!to) return;
    for (const one of list.querySelectorAll(":scope > li[tabindex='0']")) one.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };
  const next = (here) => {
    if (!here.nextElementSibling) draw(PORTION);
    return here.nextElementSibling;
  };
  const nextWrong = (here, step) => {
    let to = here ? step(here) : list.firstElementChild;
    while (to && to.dataset.wrong === undefined) to = step(to);
    return to;
  };
  const back = (here) => here.previousElementSibling;
  list.addEventListener("keydown", (event) => {
    const here = event.target;
    if (here.parentElement !== list || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowDown: () => next(here), ArrowUp: () => back(here), Home: () => list.firstElementChild };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]());
  });
  addEventListener("keydown", (event) => {
    const at = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || at.closest("input, select, textarea")) return;
    if (event.key !== "n" && event.key !== "p") return;
    event.preventDefault();
    const here = at.closest("#list > li");
    go(nextWrong(here, event.key === "n" ? next : back));
  });
  list.addEventListener("focusin", (event) => {
    if (event.target.parentElement === list && event.target.tabIndex !== 0) go(event.target);
  });

  let frame = 0, waiting = 0;
  // What is in sight comes first, the rest follows in a pause; so does the address while a person types.
  const later = (work) => { clearTimeout(waiting); waiting = setTimeout(work, 120); };
  const rest = () => { if (drawn < PORTION) draw(PORTION - drawn); };
  const again = () => { choose(AT_ONCE); remember(); later(rest); };
  const typed = () => { choose(AT_ONCE); later(() => { rest(); remember(); }); };
  search.addEventListener("input", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(typed);
  });
  for (const control of [show, group, sort, ...kinds]) control.addEventListener("change", again);
  narrowed.addEventListener("click", () => { narrow = {}; again(); search.focus({ preventScroll: true }); });
  copied.addEventListener("click", () => copy(chosenRows.map(asText).join("\n\n"), copied));
  filters.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const last = list.lastElementChild;
    draw(PORTION);
    go(last.nextElementSibling);
  });
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && drawn < chosenRows.length) draw(PORTION);
  }, { rootMargin: "1200px" }).observe(more);
  addEventListener("beforeprint", () => draw(Math.max(0, PRINTED - drawn)));

  filters.hidden = false;
  copied.hidden = false;
  if (!follow()) choose();
})();
