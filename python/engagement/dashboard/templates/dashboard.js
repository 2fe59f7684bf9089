// @ts-check
// The script of the dashboard. It reads the data of the page and draws what the page does not hold as HTML: further
// rows of the two large tables, the page of one account, charts, and what-if. The address says what is shown:
// #accounts?owner=Ann&sort=-change, #account/ID. All text goes into the page as text, never as markup.
"use strict";

/**
 * @typedef {{key: string, label: string, kind: string, meaning: string}} Column
 * @typedef {{name: string, min: number, step: number}} Band
 * @typedef {Record<string, any[]>} Columnar values by column, each a list over rows
 * @typedef {{signal: string, kind: string, severity: string, user: string|null, opened: string, closed: string|null,
 *   due: string|null, overdue: boolean, new: boolean, sentence: string, state: string|null, acted: string|null,
 *   by: string|null, dismissed: boolean}} Signal
 * @typedef {{version: string, window_days: number, percentile: number, curvature: number, half_life: number|null,
 *   min_population: number, normalize_by: string|null, calibration: string,
 *   groups: Record<string, {cap: number, status: string}>, group: (string|null)[], events: string[],
 *   weights: number[], caps: (number|null)[], active: boolean[], bands: Band[], by_day: boolean, counts: any[][]}} WhatIf
 * @typedef {{as_of: string, bands: Band[], columns: Record<string, Column[]>, accounts: Columnar, details: Columnar,
 *   users: Columnar, weeks: string[], line_weeks: number, features: string[], milestones: string[],
 *   versions: [string, string][], what_if: WhatIf|null}} Data
 * @typedef {{curvature: number, percentile: number, half_life: number|null, weights: number[], bands: Band[]}} Trial
 */

(() => {
  const FIRST = 50;
  const MINUS = "\u2212";
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const SVG = "http://www.w3.org/2000/svg";
  /** @type {Data} */
  let data;
  /** @type {Promise<Record<string, any>>|null} */
  let charting = null;
  /** @type {Record<string, ReturnType<typeof largeTable>>} */
  const tables = {};

  // ---- Reading and writing ----

  /** The text that the page holds as gzip in base64. @param {string} id */
  async function unpacked(id) {
    const packed = Uint8Array.from(atob(byId(`packed-${id}`).textContent || ""), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  /** @param {string} id @returns {HTMLElement} */
  function byId(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`The page has no element ${id}.`);
    return found;
  }

  /**
   * An element with attributes (none where the value is null or false) and children.
   * @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node|string|null)} children
   * @returns {HTMLElement}
   */
  function el(tag, attributes = {}, ...children) {
    return /** @type {HTMLElement} */ (made(document.createElement(tag), attributes, children));
  }

  /** @param {string} tag @param {Record<string, any>} attributes @param {...(Node|string|null)} children */
  function svg(tag, attributes, ...children) {
    return made(document.createElementNS(SVG, tag), attributes, children);
  }

  /** @param {Element} element @param {Record<string, any>} attributes @param {(Node|string|null)[]} children */
  function made(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes))
      if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
    element.append(.../** @type {(Node|string)[]} */ (children.filter((child) => child !== null)));
    return element;
  }

  // ---- Numbers and days, as engagement/dashboard/formats.py writes them ----

  /** @param {number|null} value @param {number} [digits] */
  function number(value, digits = 0) {
    if (value === null || value === undefined) return "–";
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return value.toLocaleString("en-US", options).replace("-", MINUS);
  }

  /** @param {number|null} rate */
  const percent = (rate) => (rate === null ? "–" : `${number(Math.round(100 * rate))}\u00a0%`);

  /** @param {number} value @param {number} [digits] */
  function signed(value, digits = 1) {
    const shown = number(Math.abs(value), digits);
    if (Number(shown.replace(/,/g, "")) === 0) return shown;
    return (value > 0 ? "+" : MINUS) + shown;
  }

  /** @param {string|null} iso */
  function day(iso) {
    if (!iso) return "–";
    const [year, month, date] = iso.split("-").map(Number);
    return `${date} ${MONTHS[month - 1]} ${year}`;
  }

  /** A date without this year. @param {string} iso */
  function time(iso) {
    const whole = day(iso);
    const year = ` ${data.as_of.slice(0, 4)}`;
    return el("time", { datetime: iso }, whole.endsWith(year) ? whole.slice(0, -year.length) : whole);
  }

  const nothing = () => el("span", { class: "none" }, "–");
  /** @param {string|null} name */
  const words = (name) => (name || "").replace(/_/g, " ");
  /** @param {string} id */
  const href = (id) => `#account/${encodeURIComponent(id)}`;

  /** @param {string} name @param {number} step */
  const bandChip = (name, step) => el("span", { class: `band band-${step}` }, name);

  /** The band of a score, as SQL compares it: to nine digits. @param {number} score @param {Band[]} bands lowest first */
  function bandOf(score, bands) {
    if (score === 0) return data.bands[0];
    const compared = Math.round(score * 1e9) / 1e9;
    return bands.filter((band) => band.min <= compared).pop() || data.bands[0];
  }

  /** @param {number} value */
  function delta(value) {
    const told = signed(value);
    const way = told[0] === "+" ? "up" : told[0] === MINUS ? "down" : "";
    return el("span", { class: `delta ${way}` }, (way === "up" ? "▲ " : way === "down" ? "▼ " : "") + told);
  }

  /** A small line of scores, 0 to 100; a gap where one is missing. @param {(number|null)[]} values */
  function line(values) {
    if (values.filter((value) => value !== null).length < 2) return nothing();
    const step = 88 / Math.max(values.length - 1, 1);
    const tenth = (/** @type {number} */ at) => String(Math.trunc(at * 10 + 0.5) / 10);
    let drawn = "";
    let pen = "M";
    /** @type {Element|null} */
    let dot = null;
    values.forEach((value, place) => {
      if (value === null) {
        pen = "M";
        return;
      }
      const [x, y] = [tenth(4 + place * step), tenth(3 + 18 * (1 - value / 100))];
      drawn += `${pen}${x} ${y}`;
      pen = "L";
      if (place === values.length - 1) dot = svg("circle", { cx: x, cy: y, r: "2.5" });
    });
    const size = { class: "line", width: 96, height: 24, "aria-hidden": "true" };
    return svg("svg", size, svg("path", { d: drawn }), dot);
  }

  // ---- The two large tables ----

  /** @param {Column} column @param {Columnar} source @param {number} row @returns {Node|string} */
  function cell(column, source, row) {
    const value = source[column.key][row];
    if (column.kind === "band") return value ? bandChip(value, source.band_step[row]) : nothing();
    if (column.kind === "line") return line(value);
    if (value === null || value === "") return nothing();
    switch (column.kind) {
      case "account": return el("a", { href: href(source.id[row]) }, value);
      case "time": return time(value);
      case "delta": return delta(value);
      case "words": return words(value);
      case "number": return number(value);
      case "tenths": return number(value, 1);
      case "percent": return percent(value);
      default: return String(value);
    }
  }

  /** @param {Column} column */
  const isNumber = (column) => ["number", "tenths", "percent", "delta"].includes(column.kind);

  /**
   * A table with search, filters and order, which the address of the page holds.
   * @param {string} name
   */
  function largeTable(name) {
    const columns = data.columns[name];
    const source = /** @type {any} */ (data)[name];
    const table = /** @type {HTMLTableElement} */ (document.querySelector(`table[data-table="${name}"]`));
    const form = /** @type {HTMLFormElement} */ (document.querySelector(`form[data-table="${name}"]`));
    if (!table) return null;
    const body = table.tBodies[0];
    const more = /** @type {HTMLButtonElement} */ (document.querySelector(`[data-more="${name}"]`));
    const count = /** @type {HTMLElement} */ (document.querySelector(`[data-count="${name}"]`));
    const rows = source.id ? source.id.length : 0;
    const collator = new Intl.Collator("en", { numeric: true });
    const sought = Array.from({ length: rows }, (_, row) =>
      ["id", "name", "owner", "user"].map((key) => (source[key] ? source[key][row] : "")).join("\n").toLowerCase());
    /** @type {number[]} */
    let found = [];
    let shown = FIRST;

    const field = (/** @type {string} */ key) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(key));

    for (const select of form.querySelectorAll("select")) {
      if (select.name === "sort") continue;
      /** @type {Map<string, number>} */
      const facets = new Map();
      for (const value of source[select.name])
        for (const one of value ? String(value).split("|") : []) facets.set(one, (facets.get(one) || 0) + 1);
      for (const [value, times] of [...facets].sort((a, b) => collator.compare(a[0], b[0])))
        select.append(el("option", { value }, `${words(value)} (${number(times)})`));
    }
    for (const head of table.tHead ? table.tHead.rows[0].cells : []) {
      const button = el("button", { type: "button" }, head.textContent || "");
      head.replaceChildren(button);
      if (head.dataset.key !== "line") button.addEventListener("click", () => sortBy(head.dataset.key || ""));
    }
    form.addEventListener("input", () => remember());
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(() => show(new URLSearchParams(), true)));
    more.addEventListener("click", () => draw((shown += 4 * FIRST)));
    form.querySelector("[data-csv]")?.addEventListener("click", () => download(`${name}.csv`, asCsv()));

    /** What is asked for now, as the address holds it. */
    function asked() {
      const wanted = new URLSearchParams();
      for (const [key, value] of new FormData(form)) if (value) wanted.set(key, String(value));
      return wanted;
    }

    function remember() {
      const wanted = asked();
      const query = wanted.toString();
      history.replaceState(null, "", `#${name}${query ? `?${query}` : ""}`);
      show(wanted, false);
    }

    /** @param {string} key */
    function sortBy(key) {
      const wanted = asked();
      const column = columns.find((one) => one.key === key);
      const first = column && isNumber(column) ? `-${key}` : key;
      const second = first === key ? `-${key}` : key;
      field("sort").value = wanted.get("sort") === first ? second : first;
      remember();
    }

    /** Shows what an address asks for. @param {URLSearchParams} wanted @param {boolean} fill the form, too */
    function show(wanted, fill) {
      if (fill) {
        for (const one of form.elements)
          if (one instanceof HTMLInputElement || one instanceof HTMLSelectElement)
            one.value = wanted.get(one.name) || "";
        if (!wanted.size && location.hash.includes("?")) history.replaceState(null, "", `#${name}`);
      }
      const order = wanted.get("sort") || "";
      const key = order.replace("-", "");
      const text = (wanted.get("q") || "").trim().toLowerCase();
      const filters = [...wanted].filter(([name]) => name !== "q" && name !== "sort" && source[name]);
      found = [];
      for (let row = 0; row < rows; row++)
        if ((!text || sought[row].includes(text)) &&
            filters.every(([name, value]) => String(source[name][row] ?? "").split("|").includes(value)))
          found.push(row);
      if (source[key] && key !== "line") {
        const way = order.startsWith("-") ? -1 : 1;
        const values = source[key];
        found.sort((a, b) => {
          const [one, other] = [values[a], values[b]];
          if (one === null || other === null) return Number(one === null) - Number(other === null) || a - b;
          return way * (typeof one === "number" ? one - other : collator.compare(one, other)) || a - b;
        });
      }
      for (const head of table.tHead ? table.tHead.rows[0].cells : []) {
        if (head.dataset.key === key && key) head.setAttribute("aria-sort", order[0] === "-" ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      }
      draw((shown = FIRST));
    }

    /** @param {number} most */
    function draw(most) {
      body.replaceChildren(...found.slice(0, most).map((row) => el("tr", {}, ...columns.map((column) =>
        el("td", { "data-label": column.label, class: isNumber(column) && "number" }, cell(column, source, row))))));
      if (!found.length)
        body.append(el("tr", {}, el("td", { colspan: columns.length }, `No ${name} match: take a filter away.`)));
      more.hidden = found.length <= most;
      const named = `${number(rows)} ${rows === 1 ? name.slice(0, -1) : name}`;
      const all = found.length === rows ? named : `${number(found.length)} of ${named}`;
      count.textContent = all + (found.length > most ? `, the first ${number(most)} here` : "");
    }

    /** What is found, for a spreadsheet. */
    function asCsv() {
      const kept = columns.filter((column) => column.kind !== "line");
      const heads = ["account_id", ...kept.map((column) => column.label)];
      const lines = found.map((row) => [source.id[row], ...kept.map((column) => source[column.key][row])]);
      return [heads, ...lines].map((values) => values.map(csvField).join(",")).join("\r\n") + "\r\n";
    }

    return { show };
  }

  /** A field; what a spreadsheet would run as a formula begins with an apostrophe. @param {any} value */
  function csvField(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  /** @param {string} name @param {string} text */
  function download(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    el("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  // ---- The page of one account ----

  /** @param {string} id */
  function showAccount(id) {
    const page = byId("account");
    const row = (data.accounts.id || []).indexOf(id);
    if (row < 0) {
      page.replaceChildren(el("p", { class: "empty" }, `There is no account ${id} in this page. `,
        el("a", { href: "#accounts" }, "All accounts")));
      return;
    }
    const of = (/** @type {string} */ key) => data.accounts[key][row];
    const more = (/** @type {string} */ key) => data.details[key][row];
    page.replaceChildren(el("div", {},
      el("p", {}, el("a", { href: "#accounts" }, "← Accounts")),
      el("header", {},
        el("div", {}, el("h2", {}, of("name")), el("p", { class: "facts" }, accountFacts(of, more))),
        el("p", {}, el("span", { class: "big" }, number(of("score"), 1)), " ", bandChip(of("band"), of("band_step")))),
      more("sentence") && el("p", { class: "lead" }, el("strong", {}, words(of("signal"))), `: ${more("sentence")}`),
      of("risk") && el("p", {}, riskText(of("risk"), more)),
      el("h3", {}, "How has its score moved?"), strip(more("weeks")),
      el("div", { class: "two" },
        section(more("before") === null ? "Why did it move?" : `Why did it move since ${day(more("before_on"))}?`, waterfall(of, more)),
        section("What would move it up?", el("p", {}, more("target")), compared(of, more)),
        section("Who uses it?", championOf(more), usersOf(id), rolesOf(more("roles"))),
        section("Which features?", featuresOf(row)),
        section("How far in onboarding?", milestonesOf(row)),
        section("Signals, and what was done", signalsOf(more("signals"))),
      ),
    ));
    document.title = `${of("name")} · Product engagement`;
  }

  /** @param {string} title @param {...(Node|string|null)} children */
  const section = (title, ...children) => el("section", {}, el("h3", {}, title), ...children);

  /** @param {(key: string) => any} of @param {(key: string) => any} more */
  function accountFacts(of, more) {
    return [
      of("owner") || "no owner", of("plan"), of("status"), more("industry"),
      of("mrr") !== null && `MRR ${number(of("mrr"))}`,
      more("seats") !== null && `${number(of("users"))} of ${number(more("seats"))} seats active`,
      more("renews") && `renews ${day(more("renews"))}`,
      more("trial_ends") && `trial ends ${day(more("trial_ends"))}`,
      more("signup") && `since ${day(more("signup"))}`,
      of("lost") && `left ${day(of("lost"))}`,
      more("parent") && `part of ${more("parent")}`,
      of("id") !== of("name") && of("id"),
    ].filter(Boolean).join(" · ");
  }

  /** @param {number} rank @param {(key: string) => any} more */
  function riskText(rank, more) {
    const chance = more("probability");
    const likely = chance === null ? "" : `, ${percent(chance)} within ${more("horizon")} days`;
    return `Risk rank ${number(rank)} of ${number(more("customers"))}, 1 the most at risk${likely}: ${more("reasons") || ""}`;
  }

  /** Bars by week in the colours of bands, with a dashed line where another version came. @param {(number|null)[]} scores */
  function strip(scores) {
    const told = scores.filter((score) => score !== null).length;
    let month = "";
    const weeks = scores.map((score, week) => {
      const [at, before] = [data.weeks[week], data.weeks[week - 1]];
      const name = MONTHS[Number(at.slice(5, 7)) - 1];
      const version = data.versions.find(([since]) => before && before < since && since <= at);
      const band = score === null ? null : bandOf(score, data.bands.slice(1));
      const bar = el("i", { class: band && `band-${band.step}` });
      bar.style.height = score === null ? "0" : `${Math.max(score, 1)}%`;
      const place = el("span", { class: version && "version", title: score === null || !band ? `${day(at)}: not there yet` : `${day(at)}: ${number(score, 1)}, ${band.name}` },
        el("span", { class: "column" }, bar), el("small", {}, version ? version[1] : name === month ? "" : name));
      month = name;
      return place;
    });
    const label = `Scores of ${told} weeks, from ${day(data.weeks[0] || data.as_of)} to ${day(data.as_of)}`;
    return el("div", { class: "strip", role: "img", "aria-label": label }, ...weeks);
  }

  /** @param {(key: string) => any} of @param {(key: string) => any} more */
  function waterfall(of, more) {
    const before = more("before");
    if (before === null) return el("p", { class: "empty" }, "It had no score one window before.");
    let reached = before;
    const rows = [stepRow("before", before, 0, before, "")];
    for (const [what, change] of more("parts")) {
      rows.push(stepRow(what, change, reached, reached + change, change > 0 ? "up" : "down"));
      reached += change;
    }
    rows.push(stepRow("now", of("score"), 0, of("score"), ""));
    const table = el("table", { class: "waterfall" }, el("tbody", {}, ...rows));
    const tracking = more("tracking");
    return el("div", {}, el("p", {}, more("why")), table, tracking && el("p", { class: "warning" }, tracking));
  }

  /** @param {string} what @param {number} value @param {number} start @param {number} end @param {string} way */
  function stepRow(what, value, start, end, way) {
    const low = Math.min(Math.max(Math.min(start, end), 0), 100);
    const bar = el("i", { class: way });
    bar.style.left = `${low}%`;
    bar.style.width = `${Math.min(Math.abs(end - start), 100 - low)}%`;
    return el("tr", {}, el("td", {}, what), el("td", { class: "number" }, way ? signed(value) : number(value, 1)),
      el("td", { class: "way" }, el("span", {}, bar)));
  }

  /** Its place among accounts of the same plan. @param {(key: string) => any} of @param {(key: string) => any} more */
  function compared(of, more) {
    if (more("peer_rank") === null) return null;
    return el("p", { class: "facts" },
      `Ahead of ${percent(more("peer_rank"))} of the ${number(more("peers"))} accounts on ${of("plan") || "no plan"}, itself included.`);
  }

  /** @param {string} id */
  function usersOf(id) {
    const mine = (data.users.id || []).flatMap((account, row) => (account === id ? [row] : []));
    if (!mine.length) return el("p", { class: "empty" }, "No user belongs to it now.");
    const kept = ["user", "role", "score", "band", "change", "seen"];
    const columns = kept.map((key) => /** @type {Column} */ (data.columns.users.find((column) => column.key === key)));
    const rows = mine.slice(0, 8).map((row) => el("tr", {}, ...columns.map((column) =>
      el("td", { class: isNumber(column) && "number" }, cell(column, data.users, row)))));
    return el("div", {}, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Its users" },
      el("table", {}, el("thead", {}, el("tr", {}, ...columns.map((column) =>
        el("th", { scope: "col", class: isNumber(column) && "number" }, column.label)))), el("tbody", {}, ...rows))),
      mine.length > 8 ? el("p", {}, el("a", { href: `#users?q=${encodeURIComponent(id)}` }, `All ${number(mine.length)} users`)) : null);
  }

  /** @param {(key: string) => any} more */
  function championOf(more) {
    if (!more("champion")) return null;
    return el("p", {}, `Its champion is ${more("champion")}, with ${percent(more("champion_share"))} of its points.`);
  }

  /** @param {[string, number, number|null][]} roles */
  function rolesOf(roles) {
    if (!roles.length) return null;
    const told = roles.map(([role, users, score]) => `${role || "no role"}: ${number(users)} active, mean score ${number(score, 1)}`);
    return el("p", { class: "facts" }, told.join(" · "));
  }

  /** @param {number} row */
  function featuresOf(row) {
    if (!data.features.length) return el("p", { class: "empty" }, "No key feature is named.");
    const states = data.details.features[row];
    const order = [3, 2, 1, 0];
    const said = ["not in its plan", "never used", "used before", "used"];
    return el("div", {}, ...order.map((state) => {
      const named = data.features.filter((_, place) => Number(states[place]) === state);
      if (!named.length) return null;
      return el("p", {}, el("span", { class: `state s${state}` }), ` ${said[state]}: `, named.map(words).join(", "));
    }));
  }

  /** @param {number} row */
  function milestonesOf(row) {
    if (!data.milestones.length) return el("p", { class: "empty" }, "No milestone is named.");
    const done = data.details.milestones[row];
    const on = data.details.milestones_on[row];
    return el("ul", { class: "checks" }, ...data.milestones.map((name, place) => {
      const isDone = done[place] === "1";
      return el("li", { class: isDone ? "done" : "open" }, name,
        el("span", { class: "facts" }, isDone ? (on[place] ? `, ${day(on[place])}` : ", done") : ", missing"));
    }));
  }

  /** Its own signals, then those of its users, of which the first are shown. @param {Signal[]} signals */
  function signalsOf(signals) {
    if (!signals.length) return el("p", { class: "empty" }, "None was open within four weeks.");
    const own = signals.filter((one) => !one.user);
    const ordered = [...own, ...signals.filter((one) => one.user)];
    const first = Math.max(own.length, 6);
    const list = (/** @type {Signal[]} */ some) => el("ul", { class: "next" }, ...some.map(signalText));
    const rest = ordered.slice(first);
    return el("div", {}, list(ordered.slice(0, first)),
      rest.length ? el("details", {}, el("summary", {}, `${number(rest.length)} more of its users`), list(rest)) : null);
  }

  /** @param {Signal} one */
  function signalText(one) {
    return el("li", {},
      el("strong", {}, words(one.signal)), one.user ? ` (user ${one.user})` : "", `: ${one.sentence} `,
      el("span", { class: "facts" }, [
        one.severity, `since ${day(one.opened)}`, one.closed && `over ${day(one.closed)}`, one.dismissed && "dismissed",
        one.state && `${one.state}${one.by ? ` by ${one.by}` : ""} ${day(one.acted)}`,
        !one.closed && one.due && (one.overdue ? `overdue since ${day(one.due)}` : `due ${day(one.due)}`),
      ].filter(Boolean).join(", ")));
  }

  // ---- Charts ----

  /** Draws the charts of a page that are not drawn yet. @param {Element} page */
  async function drawCharts(page) {
    const places = [...page.querySelectorAll("[data-chart]")].filter((place) => !place.firstChild);
    if (!places.length) return;
    charting = charting || Promise.all([unpacked("specs"), unpacked("library")]).then(([specs, library]) => {
      document.head.append(made(document.createElement("script"), {}, [library]));
      return JSON.parse(specs);
    });
    const specs = await charting;
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    for (const place of places) {
      const spec = structuredClone(specs[/** @type {HTMLElement} */ (place).dataset.chart || ""]);
      const rule = { aria: false, domain: false, ticks: false, gridColor: colour("--rule"), labelColor: colour("--muted"), titleColor: colour("--muted"), titleFontWeight: 400 };
      spec.config = { aria: false, background: "transparent", font: getComputedStyle(document.body).fontFamily, view: { stroke: null }, axis: rule,
        mark: { aria: false }, legend: { aria: false, labelColor: colour("--text"), symbolStrokeWidth: 2 } };
      await /** @type {any} */ (window).vegaEmbed(place, painted(spec, colour), { ast: true, renderer: "svg", actions: false,
        defaultStyle: false, tooltip: { disableDefaultStyle: true } });
    }
  }

  /** A specification with the colours of the theme in place of their names; data as it is.
   * @param {any} part @param {(name: string) => string} colour @returns {any} */
  function painted(part, colour) {
    if (typeof part === "string") return part.startsWith("--") ? colour(part) : part;
    if (Array.isArray(part)) return part.map((one) => painted(one, colour));
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, value]) =>
      [key, key === "data" || key === "datasets" ? value : painted(value, colour)]));
  }

  // ---- What if ----

  /** The score of each account under other parameters. @param {WhatIf} base @param {Trial} trial @returns {number[]} */
  function scored(base, trial) {
    const factor = (/** @type {number} */ age) =>
      trial.half_life === null ? 1 : Math.round(1e9 * 0.5 ** (age / trial.half_life)) / 1e9;
    const points = base.counts.map((counts) => {
      let sum = 0;
      for (let at = 0; at < counts.length; at += 2) {
        const days = counts[at + 1];
        if (!base.by_day) sum += trial.weights[counts[at]] * days;
        else for (let one = 0; one < days.length; one += 2)
          sum += trial.weights[counts[at]] * days[one + 1] * factor(days[one]);
      }
      return sum;
    });
    const caps = Object.fromEntries(Object.keys(base.groups).map((group) => [group, capOf(group)]));

    /** @param {string} group @returns {number} */
    function capOf(group) {
      const known = base.groups[group];
      const inside = points.filter((value, row) => value > 0 && (group === "all" || base.group[row] === group)).sort((a, b) => a - b);
      if (base.calibration === "frozen") return known.cap;
      if (inside.length >= base.min_population) {
        const at = (inside.length - 1) * trial.percentile;
        const low = Math.floor(at);
        return inside[low] + (at - low) * ((inside[low + 1] ?? inside[low]) - inside[low]);
      }
      if (known.status === "pooled") return capOf("all");
      if (known.status === "insufficient_population") return inside[inside.length - 1] ?? known.cap;
      return known.cap;
    }

    return points.map((value, row) => {
      const cap = caps[base.group[row] || "all"] ?? caps.all;
      if (!(value > 0) || !cap) return 0;
      const share = Math.min(value, cap) / cap;
      const k = trial.curvature;
      return 1 + 99 * (k === 0 ? share : Math.expm1(k * share) / Math.expm1(k));
    });
  }

  /** @param {WhatIf} base */
  function whatIf(base) {
    const form = /** @type {HTMLFormElement} */ (byId("what-if-form"));
    const page = byId("what-if");
    /** @type {Trial} */
    const inForce = { curvature: base.curvature, percentile: base.percentile, half_life: base.half_life, weights: base.weights, bands: base.bands };
    const now = scored(base, inForce);
    const place = (/** @type {string} */ name) => /** @type {HTMLElement} */ (page.querySelector(`[data-${name}]`));
    const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    const fields = { curvature: base.curvature, percentile: base.percentile, half_life: base.half_life ?? "" };
    for (const [name, value] of Object.entries(fields)) field(name).defaultValue = String(value);
    if (!base.by_day) {
      field("half_life").disabled = true;
      field("half_life").title = "Left out of this file, which would be too large with it.";
    }
    place("bands").append(...base.bands.map((band, at) => labelled(bandChip(band.name, band.step), `band-${at}`, band.min, "1")));
    place("weights").append(...base.events.map((event, at) => labelled(event, `weight-${at}`, base.weights[at], "0.5")));
    form.addEventListener("input", () => requestAnimationFrame(update));
    form.addEventListener("reset", () => setTimeout(update));
    place("copy").addEventListener("click", async () => {
      const text = place("seeds").textContent || "";
      await navigator.clipboard.writeText(text).then(() => "Copied.", () => {
        getSelection()?.selectAllChildren(place("seeds"));
        return "Selected: copy it with Ctrl+C.";
      }).then((told) => (place("copied").textContent = told));
    });

    /** @param {Node|string} label @param {string} name @param {number} value @param {string} step */
    function labelled(label, name, value, step) {
      const input = el("input", { type: "number", name, value, step, min: "0" });
      return el("label", {}, el("span", {}, label), input);
    }

    /** @returns {Trial|null} what the form says; null while it says nothing that can be scored */
    function trialOf() {
      const value = (/** @type {string} */ name) => (field(name).value === "" ? NaN : Number(field(name).value));
      const half = field("half_life").value === "" ? null : value("half_life");
      const trial = { curvature: value("curvature"), percentile: value("percentile"), half_life: half,
        weights: base.events.map((_, at) => value(`weight-${at}`)),
        bands: base.bands.map((band, at) => ({ ...band, min: value(`band-${at}`) })) };
      const numbers = [trial.curvature, trial.percentile, half ?? 1, ...trial.weights, ...trial.bands.map((band) => band.min)];
      const rises = trial.bands.every((band, at) => at === 0 || band.min > trial.bands[at - 1].min);
      const isSound = numbers.every(Number.isFinite) && trial.percentile > 0 && trial.percentile < 1 && (half === null || half > 0) &&
        trial.weights.every((weight) => weight >= 0) && rises && (trial.curvature === 0 || (Math.abs(trial.curvature) >= 0.01 && Math.abs(trial.curvature) <= 10));
      return isSound ? trial : null;
    }

    function update() {
      const trial = trialOf();
      for (const input of form.querySelectorAll("input")) input.classList.toggle("moved", input.value !== input.defaultValue);
      if (!trial) {
        byId("what-if-verdict").textContent = "A field cannot be used: a weight is 0 or more, a percentile between 0 and 1, a curvature 0 or 0.01 to 10 either way, bands rise.";
        return;
      }
      const then = scored(base, trial);
      const from = now.map((score) => bandOf(score, base.bands));
      const to = then.map((score) => bandOf(score, trial.bands));
      const position = (/** @type {Band} */ band) => data.bands.findIndex((one) => one.name === band.name);
      const up = to.filter((band, row) => position(band) > position(from[row])).length;
      const down = to.filter((band, row) => position(band) < position(from[row])).length;
      byId("what-if-verdict").textContent = up + down === 0
        ? `Nobody moves: ${number(now.length)} accounts are in the same band as now.`
        : `${number(up + down)} of ${number(now.length)} accounts move to another band: ${number(up)} up, ${number(down)} down.`;
      place("moves").replaceChildren(matrix(from, to, trial.bands));
      place("movers").replaceChildren(movers(then, from, to));
      place("seeds").textContent = seedRows(base, trial);
      place("copied").textContent = "";
    }

    /** @param {number[]} then @param {Band[]} from @param {Band[]} to */
    function movers(then, from, to) {
      const moved = now.map((_, row) => row).filter((row) => Math.abs(then[row] - now[row]) >= 0.05)
        .sort((a, b) => Math.abs(then[b] - now[b]) - Math.abs(then[a] - now[a])).slice(0, 15);
      if (!moved.length) return el("p", { class: "empty" }, "No score moves.");
      const heads = ["Account", "Now", "Then", "Change", "Band"];
      return el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((head, at) => el("th", { scope: "col", class: at > 0 && at < 4 && "number" }, head)))),
        el("tbody", {}, ...moved.map((row) => el("tr", {}, el("td", {}, el("a", { href: href(data.accounts.id[row]) }, data.accounts.name[row])),
          el("td", { class: "number" }, number(now[row], 1)), el("td", { class: "number" }, number(then[row], 1)),
          el("td", { class: "number" }, delta(then[row] - now[row])),
          el("td", {}, from[row].name === to[row].name ? to[row].name : `${from[row].name} → ${to[row].name}`)))));
    }

    update();
    return { ids: data.accounts.id, events: base.events, weights: base.weights,
      scores: (/** @type {Partial<Trial>} */ changes) => scored(base, { ...inForce, ...changes }) };
  }

  /** How many accounts go from which band to which. @param {Band[]} from @param {Band[]} to @param {Band[]} bands */
  function matrix(from, to, bands) {
    const names = [data.bands[0], ...bands];
    const count = (/** @type {Band} */ a, /** @type {Band} */ b) =>
      from.filter((band, row) => band.name === a.name && to[row].name === b.name).length;
    return el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "now \\ then"), ...names.map((band) => el("th", { scope: "col", class: "number" }, band.name)))),
      el("tbody", {}, ...names.map((a) => el("tr", {}, el("th", { scope: "row" }, bandChip(a.name, a.step)),
        ...names.map((b) => el("td", { class: "number" }, a.name === b.name ? number(count(a, b)) : count(a, b) ? el("strong", {}, number(count(a, b))) : "·"))))));
  }

  /** A new version as rows of the seeds. @param {WhatIf} base @param {Trial} trial */
  function seedRows(base, trial) {
    const version = `${base.version}_next`;
    const from = new Date(`${data.as_of}T00:00:00Z`);
    from.setUTCDate(from.getUTCDate() + 1);
    const row = (/** @type {any[]} */ values) => values.map(csvField).join(",");
    return [
      "# scoring_versions.csv: version,valid_from,window_days,winsor_percentile,curvature,half_life_days,min_population,normalize_by,calibration",
      row([version, from.toISOString().slice(0, 10), base.window_days, trial.percentile, trial.curvature, trial.half_life, base.min_population, base.normalize_by, base.calibration]),
      "# event_weights.csv: version,event_name,weight,daily_cap,counts_as_active",
      ...base.events.map((event, at) => row([version, event, trial.weights[at], base.caps[at], base.active[at]])),
      "# score_bands.csv, whole: band,min_score",
      ...trial.bands.map((band) => row([band.name, band.min])),
    ].join("\n");
  }

  // ---- Addresses and keys ----

  function route() {
    const [path, query] = location.hash.slice(1).split("?");
    if (path === "content") return;
    const [name, ...rest] = path.split("/");
    const known = document.querySelector(`section.page[id="${CSS.escape(name)}"]`) || byId("today");
    for (const page of document.querySelectorAll("section.page")) page.classList.toggle("current", page === known);
    for (const link of document.querySelectorAll("nav a")) {
      const isHere = link.getAttribute("href") === `#${known.id === "account" ? "accounts" : known.id}`;
      if (isHere) link.setAttribute("aria-current", "page");
      if (isHere) link.scrollIntoView({ block: "nearest", inline: "center" });
      else link.removeAttribute("aria-current");
    }
    document.title = `${known.querySelector("h2")?.textContent || ""} · Product engagement`;
    if (!data) return;
    if (known.id === "account") showAccount(decoded(rest.join("/")));
    tables[known.id]?.show(new URLSearchParams(query || ""), true);
    scrollTo(0, 0);
    void drawCharts(known);
  }

  /** @param {string} text */
  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const page = document.querySelector("section.current");
    const target = event.target;
    const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
    if (!page || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && isTyping) return target.blur();
    if (event.key === "Escape" && page.id === "account") return history.length > 1 ? history.back() : void (location.hash = "#accounts");
    if (isTyping) return;
    if (event.key === "?") return /** @type {HTMLDialogElement} */ (byId("help")).showModal();
    if (event.key === "/") {
      event.preventDefault();
      if (!page.querySelector("input[type=search]")) location.hash = "#accounts";
      return setTimeout(() => /** @type {HTMLInputElement|null} */ (document.querySelector("section.current input[type=search]"))?.focus());
    }
    if (/^[1-9]$/.test(event.key)) return void (location.hash = document.querySelectorAll("nav a")[Number(event.key) - 1]?.getAttribute("href") || "");
    const rows = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("table.large tbody tr, article.need")]);
    const at = rows.findIndex((row) => row.classList.contains("row"));
    if (event.key === "Enter" && at >= 0 && !(target instanceof HTMLAnchorElement || target instanceof HTMLButtonElement))
      return rows[at].querySelector("a")?.click();
    if (event.key !== "j" && event.key !== "k") return;
    rows[at]?.classList.remove("row");
    const next = rows[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
    next?.classList.add("row");
    next?.scrollIntoView({ block: "nearest" });
  }

  async function start() {
    document.documentElement.classList.add("js");
    route();
    data = JSON.parse(await unpacked("data"));
    const names = new Map((data.accounts.id || []).map((id, row) => [id, data.accounts.name[row]]));
    data.users.name = (data.users.id || []).map((id) => names.get(id) ?? null);
    data.accounts.line = (data.details.weeks || []).map((scores) => scores.slice(-data.line_weeks));
    for (const name of ["accounts", "users"]) {
      const table = largeTable(name);
      if (table) tables[name] = table;
    }
    if (data.what_if) /** @type {any} */ (window).whatIf = whatIf(data.what_if);
    addEventListener("hashchange", route);
    addEventListener("keydown", onKey);
    byId("help-button").addEventListener("click", () => /** @type {HTMLDialogElement} */ (byId("help")).showModal());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const place of document.querySelectorAll("[data-chart]")) place.replaceChildren();
      route();
    });
    route();
    document.documentElement.dataset.ready = "true";
  }

  void start();
})();
