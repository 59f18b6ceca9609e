"use strict";
// The utterances of the report: filtered, sorted, and made into rows as they come into view.
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

  const block = id("data");
  if (!block) return;
  const { utterances, clips } = JSON.parse(block.textContent);
  const list = id("list");
  const { language, direction, unit } = list.dataset;
  const PORTION = 40;
  const PRINTED = 1000;

  const errors = (path) => {
    let found = 0;
    for (let at = 0; at < path.length; at++) if (path[at] !== "=") found++;
    return found;
  };
  const rows = utterances.map(([name, group, said, before, heard, after, heardToo]) => {
    const paired = after !== undefined;
    const was = errors(before);
    const is = paired ? errors(after) : was;
    return {
      name, group, said, before, heard, after, heardToo, paired, was, is,
      change: is - was,
      length: said ? said.split(" ").length : 0,
      text: `${name}\n${said}\n${heard}\n${heardToo || ""}`.toLowerCase(),
    };
  });

  // --- what is shown, and in which order ---
  const SHOWN = {
    all: () => true,
    changed: (row) => row.before !== row.after || row.heard !== row.heardToo,
    worse: (row) => row.change > 0,
    better: (row) => row.change < 0,
    wrong: (row) => row.is > 0,
    right: (row) => row.was === 0 && row.is === 0,
  };
  const byName = new Intl.Collator(undefined, { numeric: true }).compare;
  const names = new Map([...rows].sort((a, b) => byName(a.name, b.name)).map((row, at) => [row, at]));
  const first = (key) => (a, b) => key(a) - key(b) || names.get(a) - names.get(b);
  const SORTED = {
    worse: first((row) => -row.change),
    better: first((row) => row.change),
    errors: first((row) => -row.is),
    length: first((row) => -row.length),
    id: first(() => 0),
  };

  const filters = id("filters"), search = id("search"), show = id("show"), group = id("group");
  const sort = id("sort"), count = id("count"), more = id("more");
  const groups = [...new Set(rows.map((row) => row.group))].filter(Boolean).sort(byName);
  for (const name of groups) group.append(new Option(name, name));
  id("grouping").hidden = groups.length < 2;

  let chosenRows = [], drawn = 0;
  const choose = () => {
    const words = search.value.trim().toLowerCase().normalize("NFC");
    const wanted = SHOWN[show.value];
    chosenRows = rows.filter((row) =>
      wanted(row) && (!group.value || row.group === group.value) && (!words || row.text.includes(words)));
    chosenRows.sort(SORTED[sort.value]);
    list.replaceChildren();
    drawn = 0;
    draw(PORTION);
    count.textContent = `${chosenRows.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} utterances`;
  };
  const draw = (portion) => {
    const next = chosenRows.slice(drawn, drawn + portion);
    list.append(...next.map(item));
    if (drawn === 0 && list.firstElementChild) list.firstElementChild.tabIndex = 0;
    drawn += next.length;
    more.hidden = drawn >= chosenRows.length;
  };

  // --- one utterance ---
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const plural = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;

  // Lays a path along the reference: what was heard at each word, and what was put in before it.
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
    const made = element("span", "c");
    made.append(element("span", "r", said), ...heard.map(cell));
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
    box.append(labels);
    for (let place = 0; place <= said.length; place++) {
      const extra = Math.max(...sides.map((side) => side.before[place].length));
      for (let at = 0; at < extra; at++) {
        box.append(column("", ...sides.map(({ before }) =>
          at < before[place].length ? { kind: "I", word: before[place][at] } : undefined)));
      }
      if (place < said.length) box.append(column(said[place], ...sides.map((side) => side.at[place])));
    }
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
  const item = (row) => {
    const made = element("li");
    made.tabIndex = -1;
    const head = element("p", "head");
    head.append(element("code", "", row.name));
    if (row.paired) head.append(changed(row));
    const length = plural(row.length, unit === "word" ? "word" : "character");
    head.append(element("span", "", `${length}, ${row.paired ? `${row.was} → ${plural(row.is, "error")}` : plural(row.was, "error")}`));
    if (row.group) head.append(element("span", "chip", row.group));
    made.append(head, aligned(row), spoken(row));
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
  list.addEventListener("keydown", (event) => {
    const here = event.target;
    if (here.parentElement !== list || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = {
      ArrowDown: () => {
        if (!here.nextElementSibling) draw(PORTION);
        return here.nextElementSibling;
      },
      ArrowUp: () => here.previousElementSibling,
      Home: () => list.firstElementChild,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]());
  });
  list.addEventListener("focusin", (event) => {
    if (event.target.parentElement === list && event.target.tabIndex !== 0) go(event.target);
  });

  let waiting = 0;
  search.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(choose);
  });
  for (const control of [show, group, sort]) control.addEventListener("change", choose);
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
  choose();
})();
