"use strict";
// The page reads without this script. It adds what needs one: sorting, filters, the map of cells, copying. It asks for nothing over the
// network, and it puts every text of the run into the page as text.
(() => {
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const byId = (id) => document.getElementById(id);
  const plural = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

  // ---- Tables: sorting by a column, rows that contain a text.
  const numberOf = (text) => (/^-?\d+(\.\d+)?([eE][-+]?\d+)?(?=[×%\s]|$)/.test(text) ? Number.parseFloat(text) : Number.NaN);

  // Units that stand beside one another in a column of statistics.
  const scale = { ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
  const valueOf = (text) => {
    const unit = /^[-\d.]+ (ns|µs|ms|s|KiB|MiB|GiB)\b/.exec(text);
    return numberOf(text) * (unit ? scale[unit[1]] : 1);
  };

  const sort = (table, column, header) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: row.cells[column].textContent.trim() }));
    const filled = rows.filter((entry) => entry.text !== "" && entry.text !== "–");
    const isNumeric = filled.every((entry) => !Number.isNaN(valueOf(entry.text)));
    const order = (a, b) => (isNumeric ? valueOf(a.text) - valueOf(b.text) : a.text.localeCompare(b.text, "en", { numeric: true }));
    filled.sort((a, b) => (down ? -order(a, b) : order(a, b)));
    // What is missing is neither least nor most.
    const empty = rows.filter((entry) => !filled.includes(entry));
    table.tBodies[0].append(...filled.concat(empty).map((entry) => entry.row));
    for (const other of header.parentElement.cells) {
      other.removeAttribute("aria-sort");
    }

    header.setAttribute("aria-sort", down ? "descending" : "ascending");
  };

  const makeSortable = (table) => {
    for (const [column, header] of [...table.tHead.rows[0].cells].entries()) {
      const button = make("button", { type: "button" }, ...header.childNodes);
      button.addEventListener("click", () => sort(table, column, header));
      header.replaceChildren(button);
    }
  };

  const makeFiltered = (table) => {
    const input = make("input", { type: "search", autocomplete: "off" });
    const count = make("span");
    count.setAttribute("role", "status");
    const rows = [...table.tBodies[0].rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !words.every((word) => text.includes(word));
        shown += row.hidden ? 0 : 1;
      }

      count.textContent = `${shown} of ${plural(rows.length, "row")}`;
    };
    input.addEventListener("input", apply);
    apply();
    const label = make("label", {}, `Rows of ${table.dataset.name} that contain `, input);
    table.parentElement.before(make("div", { className: "filter" }, label, count));
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    makeSortable(table);
  }

  for (const table of document.querySelectorAll("table.filtered")) {
    makeFiltered(table);
  }

  // ---- Boxes that do not scroll need not be reached by the keyboard.
  const boxes = [...document.querySelectorAll(".scroll, .lines pre")];
  const fit = () => {
    for (const box of boxes.filter((one) => one.clientWidth > 0)) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    }
  };
  addEventListener("resize", fit);
  document.addEventListener("toggle", fit, true);

  // ---- Copying.
  for (const lines of document.querySelectorAll(".lines")) {
    const button = make("button", { type: "button", className: "copy" }, "Copy");
    button.addEventListener("click", async () => {
      const code = lines.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected: copy it with the keyboard";
      }
    });
    lines.append(button);
  }

  // ---- The map of cells.
  const data = JSON.parse(byId("cells-data").textContent);
  const signs = { ok: "✓", failed: "✗", crashed: "✸", refused: "⊘", timeout: "◷", unavailable: "–", broken: "!", "not run": "·" };
  const pairs = (flat, size) => Array.from({ length: flat.length / size }, (_, i) => flat.slice(i * size, (i + 1) * size));
  const text = (place) => data.texts[place];
  const cells = (data.cells ?? []).map(([experiment, userland, kernel, runtime, accelerator, variant, anchor, counts, trials]) => ({
    experiment: text(experiment),
    userland: text(userland),
    kernel: text(kernel),
    runtime: text(runtime),
    accelerator: text(accelerator),
    variant: text(variant),
    anchor: text(anchor),
    counts: pairs(counts, 2).map(([outcome, number]) => ({ outcome: data.outcomes[outcome], number })),
    trials: trials.map(([probe, block, repetition, outcome, exit, signal, detail, took, readings, first = []]) => ({
      probe: text(probe),
      block,
      repetition,
      outcome: data.outcomes[outcome],
      exit,
      signal,
      detail: text(detail),
      took,
      readings,
      first: pairs(first, 3).map((reading) => reading.map(text)),
    })),
  }));
  for (const cell of cells) {
    cell.column = [cell.runtime.replace(/^\//, ""), cell.kernel === "host" ? "" : cell.kernel, cell.accelerator].filter(Boolean).join(", ");
    cell.name = [cell.userland, cell.kernel, cell.runtime, cell.accelerator, cell.variant].join("|");
    cell.searched = [cell.name, cell.experiment, ...new Set(cell.trials.flatMap((trial) => [trial.probe, trial.detail]))].join(" ").toLowerCase();
  }

  const map = byId("explorer-map");
  const panel = byId("explorer-cell");
  const chosen = { userland: null, column: null };
  const tag = (outcome) => make("span", { className: `tag o-${outcome.replace(" ", "-")}` }, `${signs[outcome]} ${outcome}`);

  const filters = () => {
    const outcomes = new Set([...document.querySelectorAll("#explorer-controls input[type=checkbox]:checked")].map((box) => box.value));
    const words = byId("explorer-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const experiment = byId("explorer-experiment").value;
    return {
      outcomes,
      isShown: (cell) =>
        (experiment === "" || cell.experiment === experiment) &&
        words.every((word) => cell.searched.includes(word)) &&
        cell.counts.some((count) => outcomes.has(count.outcome)),
    };
  };

  // What share of a square's trials ended how: tints, on each of which the page's ink can be read.
  const tints = { ok: "good", failed: "bad", timeout: "bad", crashed: "harm", refused: "limited", broken: "open", unavailable: "none", "not run": "none" };
  const tint = (counts) => {
    const all = counts.reduce((sum, count) => sum + count.number, 0);
    let end = 0;
    const stops = counts.map((count) => {
      const begin = end;
      end += (100 * count.number) / all;
      return `var(--${tints[count.outcome]}-back) ${begin}% ${end}%`;
    });
    return `linear-gradient(to right, ${stops.join(", ")})`;
  };

  const total = (shown, outcomes) => {
    const counts = data.outcomes.map((outcome) => ({
      outcome,
      number: shown.flatMap((cell) => cell.counts).filter((count) => count.outcome === outcome).reduce((sum, count) => sum + count.number, 0),
    }));
    return counts.filter((count) => count.number > 0 && outcomes.has(count.outcome));
  };

  const square = (userland, column, shown, outcomes) => {
    const counts = total(shown, outcomes);
    const button = make("button", { type: "button", tabIndex: -1 });
    button.className = `o-${counts.length === 1 ? counts[0].outcome.replace(" ", "-") : "mixed"}`;
    if (counts.length > 1) {
      button.style.backgroundImage = tint(counts);
    }

    const unseen = (words) => make("span", { className: "unseen" }, words);
    button.append(unseen(`${userland}, ${column}: `));
    for (const count of counts) {
      const sign = make("span", { ariaHidden: "true" }, signs[count.outcome]);
      button.append(make("span", { className: "count" }, sign, ` ${count.number}`, unseen(` ${count.outcome}`)), " ");
    }

    button.setAttribute("aria-expanded", String(chosen.userland === userland && chosen.column === column));
    button.setAttribute("aria-controls", "explorer-cell");
    button.addEventListener("click", () => choose(userland, column));
    return button;
  };

  const draw = () => {
    const { outcomes, isShown } = filters();
    const shown = cells.filter(isShown);
    const columns = [...new Set(shown.map((cell) => cell.column))].sort();
    const head = make("tr", {}, make("th", { scope: "col" }, "userland"), ...columns.map((column) => make("th", { scope: "col" }, column)));
    const rows = new Map();
    for (const cell of shown) {
      rows.set(cell.userland, [...(rows.get(cell.userland) ?? []), cell]);
    }

    const body = [...rows.keys()].sort().map((userland) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, userland),
        ...columns.map((column) => {
          const here = rows.get(userland).filter((cell) => cell.column === column);
          return make("td", {}, ...(here.length > 0 ? [square(userland, column, here, outcomes)] : []));
        }),
      ),
    );
    map.replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
    const first = map.querySelector("[aria-expanded=true]") ?? map.querySelector("button");
    if (first) {
      first.tabIndex = 0;
    }

    const sum = total(shown, outcomes).reduce((all, count) => all + count.number, 0);
    byId("explorer-count").textContent = `${plural(shown.length, "cell")} of ${cells.length}, ${plural(sum, "trial")}`;
    list();
    fit();
  };

  const readingsOf = (trial) => {
    if (trial.readings === 0) {
      return "";
    }

    const said = trial.first.length < trial.readings ? `${trial.first.length} of ${trial.readings}, all of them in observations.csv` : plural(trial.readings, "reading");
    const items = trial.first.map(([metric, subject, value]) => make("li", {}, `${metric}${subject ? ` [${subject}]` : ""}: ${value}`));
    return make("details", {}, make("summary", {}, said), make("ul", {}, ...items));
  };

  const trialRow = (trial) => {
    const ended = trial.signal === null ? (trial.exit === null ? "" : `status ${trial.exit}`) : `signal ${trial.signal}`;
    const took = trial.took === null ? "" : `${(trial.took / 1000).toFixed(3)} ms`;
    return make(
      "tr",
      {},
      make("td", {}, trial.probe),
      make("td", { className: "number" }, `${trial.block}.${trial.repetition}`),
      make("td", {}, tag(trial.outcome)),
      make("td", {}, ended),
      make("td", { className: "number" }, took),
      make("td", { className: "prose" }, trial.detail),
      make("td", {}, readingsOf(trial)),
    );
  };

  const trialsOf = (cell) => {
    const outcomes = filters().outcomes;
    const all = cell.counts.reduce((sum, count) => sum + count.number, 0);
    const rows = cell.trials.filter((trial) => outcomes.has(trial.outcome));
    const titles = ["probe", "block", "outcome", "ended with", "took", "reason", "readings"];
    const box = make(
      "div",
      { className: "scroll", role: "group", tabIndex: 0, ariaLabel: `Trials of ${cell.name}` },
      make(
        "table",
        { className: "trial" },
        make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)))),
        make("tbody", {}, ...rows.map(trialRow)),
      ),
    );
    const note = `${cell.trials.length < all ? `The first ${cell.trials.length} of ${all} trials; all of them are in trials.csv. ` : ""}`;
    return [make("p", { className: "note" }, note, make("a", { href: `#${cell.anchor}` }, "Link to this cell")), ...(rows.length > 0 ? [box] : [])];
  };

  const entry = (cell, isOpen) => {
    const came = cell.counts.map((count) => `${count.number} ${count.outcome}`).join(", ");
    const details = make("details", {}, make("summary", {}, `${cell.experiment}${cell.variant ? `, ${cell.variant}` : ""}: ${came}`));
    // A run has thousands of trials: a row is made when somebody looks.
    const fill = () => {
      if (details.open && details.childElementCount === 1) {
        details.append(...trialsOf(cell));
      }
    };
    details.addEventListener("toggle", fill);
    details.open = isOpen;
    fill();
    return details;
  };

  const list = (open) => {
    if (chosen.userland === null) {
      panel.replaceChildren();
      return;
    }

    const { isShown } = filters();
    const here = cells.filter((cell) => cell.userland === chosen.userland && cell.column === chosen.column && (isShown(cell) || cell.anchor === open));
    const entries = here.map((cell) => entry(cell, here.length === 1 || cell.anchor === open));
    panel.replaceChildren(make("h3", {}, `${chosen.userland}, ${chosen.column}`), ...entries);
  };

  const choose = (userland, column, anchor) => {
    [chosen.userland, chosen.column] = [userland, column];
    draw();
    list(anchor);
    panel.focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest" });
  };

  // One stop of the Tab key for the whole map; the arrow keys do the rest.
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  map.addEventListener("keydown", (event) => {
    const move = step[event.key];
    const from = event.target.closest("td");
    if (!move || !from) {
      return;
    }

    event.preventDefault();
    let [row, column] = [from.parentElement.rowIndex, from.cellIndex];
    do {
      row += move[0];
      column += move[1];
    } while (map.rows[row]?.cells[column] && !map.rows[row].cells[column].querySelector("button"));
    const to = map.rows[row]?.cells[column]?.querySelector("button");
    if (to) {
      event.target.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }
  });

  if (cells.length > 0) {
    byId("explorer-controls").addEventListener("input", draw);
      byId("explorer").hidden = false;
    draw();
  }

  // ---- A link into the page opens what it leads to.
  const reveal = () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) {
      box.open = true;
    }

    const cell = cells.find((one) => one.anchor === target?.id);
    if (cell) {
      choose(cell.userland, cell.column, cell.anchor);
    }

    target?.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash.length > 1) {
    reveal();
  }

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) {
      details.open = true;
    }
  });
  fit();
})();
