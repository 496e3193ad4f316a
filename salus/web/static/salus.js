/* Salus in the browser. Every page works without this file; each part below makes one thing kinder. */

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// A message that goes by itself. Read out by the live region it is put in; not twice while it stands there.
function toast(words) {
  if ($$("#toasts .toast").some((shown) => shown.textContent === words)) return;
  const message = Object.assign(document.createElement("output"), { className: "toast", textContent: words });
  $("#toasts").append(message);
  leave(message);
}

const leave = (message) => setTimeout(() => message.remove(), 6000);

function bytes(count) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = count < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(count) / 3));
  return `${new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 }).format(count / 1000 ** power)} ${units[power]}`;
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    toast("Copied.");
  }
  for (const menu of $$("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = $("[data-search]");
  if (event.key === "/" && !typing && search && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape") {
    const menu = $("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      $("summary", menu).focus();
    }
  }
});

// What cannot be undone is asked once more, in the words of the button that was pressed.
function ask(button) {
  const dialog = $("#confirm");
  $("#confirm-question").textContent = button.dataset.confirm;
  $("[data-yes]", dialog).textContent = button.textContent.trim();
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (button?.dataset.confirm && !button.dataset.agreed) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(button)) {
      button.dataset.agreed = "yes";
      form.requestSubmit(button);
      delete button.dataset.agreed;
    }
    return;
  }
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    // A second press must not send a second order.
    event.preventDefault();
    return;
  }
  const file = $("[data-file] input[type=file]", form);
  if (file?.files.length) return upload(event, form, file);
  if (form.matches("[hx-post]")) return;
  form.dataset.sent = "yes";
  // A form may answer with a download, and then this page stays.
  setTimeout(() => delete form.dataset.sent, 8000);
}, true);

// Coming back with the back button shows the page as it was left: its forms may be sent again.
addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

// A big export takes minutes to send. XMLHttpRequest, because fetch cannot tell how much has gone.
function upload(event, form, file) {
  event.preventDefault();
  form.dataset.sent = "yes";
  const box = $("[data-upload]", file.closest("[data-file]"));
  const bar = $("progress", box);
  const words = $("[data-upload-words]", box);
  const request = new XMLHttpRequest();
  const failed = () => {
    delete form.dataset.sent;
    box.hidden = true;
    toast("The file did not arrive. Check the connection and send it again.");
  };
  box.hidden = false;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = (100 * loaded) / total;
    words.textContent = loaded < total ? `${bytes(loaded)} of ${bytes(total)} sent` : "Sent. Checking the file…";
  });
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    if (request.status >= 500) failed();
    else show(request.responseText, request.status < 400 ? request.responseURL : location.href);
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

// The answer is already here, and what it says is said only once: asking for the page again would lose it.
function show(html, address) {
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  for (const part of ["main", "toasts"]) document.getElementById(part).replaceWith(page.getElementById(part));
  // In htmx's words, so that its back button handling fetches the page left behind.
  if (address !== location.href) history.pushState({ htmx: true }, "", address);
  htmx.process($("#main"));
  scrollTo(0, 0);
  prepare();
}

document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-file]");
  const file = box && event.target.files[0];
  if (file) $("[data-file-chosen]", box).textContent = `${file.name}, ${bytes(file.size)}`;
});

// What htmx asked for and did not get leaves the page as it is (`noSwap` in the layout) and says so.
for (const name of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(name, ({ detail }) => {
    const status = detail?.ctx?.response?.raw?.status ?? 0;
    if (status === 401) location.reload();
    else if (status !== 422) toast("That did not work. The page may be out of date; please try again in a moment.");
  });
}
document.addEventListener("toast", ({ detail }) => toast(detail.value ?? detail));

let plotting;
function loadPlot() {
  plotting ??= new Promise((done, failed) => {
    const base = new URL("vendor/", import.meta.url);
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("uPlot.min.css", base) });
    const script = Object.assign(document.createElement("script"), { src: new URL("uPlot.iife.min.js", base), onload: done, onerror: failed });
    document.head.append(style, script);
  });
  return plotting;
}

// A chart is drawn from the table under it, so the two can never disagree.
function read(figure, bars) {
  const rows = $$("tbody tr", figure);
  const labels = rows.map((row) => row.cells[0].textContent.trim());
  const dates = rows.map((row) => Date.parse(row.cells[0].dataset.x) / 1000);
  const isTime = !bars && dates.length > 0 && dates.every(Number.isFinite);
  const names = $$("thead th", figure).slice(1).map((cell) => cell.textContent.trim());
  const series = names.map((_, i) => rows.map((row) => (row.cells[i + 1].dataset.y === undefined ? null : Number(row.cells[i + 1].dataset.y))));
  return { labels, isTime, names, data: [isTime ? dates : labels.map((_, i) => i), ...series] };
}

// Colours come from the stylesheet as the person's scheme resolves them; a canvas knows no light-dark().
function colour(name, root) {
  const probe = document.createElement("span");
  probe.className = `key ${name}`;
  root.append(probe);
  const value = getComputedStyle(probe).backgroundColor;
  probe.remove();
  return value;
}

function tooltip(figure, { labels, names, data }) {
  const unit = figure.dataset.unit;
  const figures = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 });
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.append(tip),
      setCursor: (plot) => {
        const at = plot.cursor.idx;
        tip.hidden = at == null || plot.cursor.left < 0;
        if (tip.hidden) return;
        const title = Object.assign(document.createElement("strong"), { textContent: labels[at] });
        const lines = names.map((name, i) => {
          const value = data[i + 1][at];
          const words = value == null ? "no value" : `${figures.format(value)} ${unit}`.trim();
          return Object.assign(document.createElement("div"), { textContent: names.length > 1 ? `${name}: ${words}` : words });
        });
        tip.replaceChildren(title, ...lines);
        const before = plot.cursor.left - tip.offsetWidth - 12;
        const after = plot.cursor.left + 12;
        const fits = after + tip.offsetWidth < plot.over.clientWidth;
        tip.style.insetInlineStart = `${fits ? after : Math.max(0, before)}px`;
        tip.style.insetBlockStart = "8px";
      },
    },
  };
}

function axes(content, figure) {
  const axis = {
    stroke: colour("quiet", figure),
    font: `13px ${getComputedStyle(document.body).fontFamily}`,
    ticks: { show: false },
    grid: { stroke: colour("rule", figure), width: 1 },
  };
  const places = [...content.labels.keys()];
  // Every label where there is room, else every second, third …
  const step = (plot) => Math.ceil((places.length * 76) / plot.width);
  const named = {
    splits: (plot) => places.filter((i) => i % step(plot) === 0),
    values: (_, at) => at.map((i) => content.labels[i]),
  };
  const short = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });
  return [
    { ...axis, grid: { show: false }, ...(content.isTime ? {} : named) },
    { ...axis, size: 52, values: (_, at) => at.map((value) => short.format(value)) },
  ];
}

function lines(content, figure, bars) {
  return content.names.map((label, i) => {
    const stroke = colour(["ours", "theirs", "tax", "platform"][i % 4], figure);
    const filled = { fill: stroke, paths: uPlot.paths.bars({ size: [0.6, 64] }), points: { show: false } };
    const drawn = { points: { show: content.labels.length < 25, size: 5, fill: stroke } };
    return { label, stroke, width: 2, ...(bars ? filled : drawn) };
  });
}

function draw(figure) {
  const place = $("[data-plot]", figure);
  const bars = figure.dataset.chart === "bar";
  const content = read(figure, bars);
  const scales = {
    x: { time: content.isTime, ...(bars ? { range: (_, low, high) => [low - 0.6, high + 0.6] } : {}) },
    // Bars begin at nothing; lines use the height there is.
    y: { range: (_, low, high) => [bars ? 0 : low - (high - low) * 0.1, high + (high - low || 1) * 0.12] },
  };
  place.replaceChildren();
  return new uPlot({
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales,
    axes: axes(content, figure),
    series: [{}, ...lines(content, figure, bars)],
    plugins: [tooltip(figure, content)],
  }, content.data, place);
}

async function charts() {
  const figures = $$("figure[data-chart]:not([data-drawn])");
  if (!figures.length) return;
  await loadPlot();
  for (const figure of figures) {
    figure.dataset.drawn = "yes";
    let plot = draw(figure);
    const place = $("[data-plot]", figure);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: place.clientHeight })).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plot.destroy(); plot = draw(figure); });
  }
}

// Filters stand open beside a list and folded above one, and stay as the person left them when the list changes.
let filtersOpen = matchMedia("(width >= 62rem)").matches;
function filters() {
  for (const group of $$("details.filters:not([data-kept])")) {
    group.dataset.kept = "yes";
    group.open = filtersOpen;
    group.addEventListener("toggle", () => { filtersOpen = group.open; });
  }
}

// On a phone the row of tabs is longer than the screen: the one that is open is brought into sight.
function tabs() {
  for (const tab of $$(".tabs [aria-current]")) {
    const row = tab.closest(".tabs");
    row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - tab.offsetWidth) / 2;
  }
}

// A long list of choices shows what is typed, and always what is chosen.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-find]")) return;
  const list = target.closest("[data-picks]");
  const sought = target.value.trim().toLowerCase();
  const picks = $$("[data-pick]", list);
  for (const pick of picks) pick.hidden = !$("input", pick).checked && !pick.textContent.toLowerCase().includes(sought);
  for (const group of $$("[data-group]", list)) group.hidden = $$("[data-pick]", group).every((pick) => pick.hidden);
  const left = picks.filter((pick) => !pick.hidden).length;
  $("[data-none]", list).hidden = left > $$("input:checked", list).length || !sought;
  $("[data-found]", list).textContent = `${left} of ${picks.length} shown`;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-find]")) event.preventDefault();
});

// Times are told by the reader's own clock, unless they chose another zone.
function ownZone() {
  const shown = $("[data-zone]");
  const address = new URL(location);
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!shown || !own || own === shown.dataset.zone || address.searchParams.has("zone")) return;
  address.searchParams.set("zone", own);
  location.replace(address);
}

// What a page needs once it is there, and again after a part of it was replaced.
function prepare() {
  $("[data-focus]")?.focus();
  $$("#toasts .toast").forEach(leave);
  filters();
  tabs();
  charts();
  ownZone();
}
document.addEventListener("htmx:after:settle", () => { filters(); charts(); });
prepare();
