// The map view: an outcome over two quantities, for each arm, as tables whose cells are coloured.
import { find } from "./bench.js";
import { JobFollower } from "./job.js";
import { SettingsForm } from "./settings_form.js";
import { element, number, units } from "./words.js";

const maps = Object.fromEntries([...document.querySelectorAll("[data-map]")].map((one) => [one.dataset.map, JSON.parse(one.dataset.about)]));
const form = new SettingsForm(document.querySelector("[data-settings]"), () => changed());

const job = new JobFollower({
  counted: "simulations",
  body: () => (form.valid ? { kind: "map", ...form.values() } : null),
  changed: remember,
  draw,
});

function changed() {
  remember();
  say();
}

function remember() {
  const kept = new URLSearchParams(form.toHash());
  if (job.id) kept.set("job", job.id);
  history.replaceState(null, "", `#${kept}`);
}

function say() {
  const { map } = form.values();
  find("map-title").textContent = maps[map].title;
  find("map-note").textContent = maps[map].note;
}

const unique = (list) => [...new Set(list)].sort((a, b) => a - b);

function draw(result) {
  const about = maps[result.map];
  const [across, down] = [unique(result.cells.map((one) => one.across)), unique(result.cells.map((one) => one.down))];
  const name = (axis, written, value, index) => written.labels?.[index] ?? `${number(value)} ${units(axis.unit)}`.trim();
  const text = (value) => (value === null ? "–" : result.is_share ? number(Math.round(100 * value)) : number(value));
  const values = result.cells.map((one) => one.value).filter((value) => value !== null);
  const most = result.is_share ? 1 : Math.max(...values);
  find("result-words").textContent = `${result.outcome}${result.is_share ? " [% of people]" : result.unit ? ` [${units(result.unit)}]` : ""}: below each value its ${100 * result.confidence} % interval, from ${result.people} people in each cell. The interval is of the draw of people, not of the model.`;
  const run = new Set(result.cells.map((one) => one.arm));
  const panels = [...new Set([...Object.keys(about.arms), ...run])].filter((arm) => run.has(arm)).map((arm) => {
    const cells = new Map(result.cells.filter((one) => one.arm === arm).map((one) => [`${one.across} ${one.down}`, one]));
    const head = element("tr", {}, element("th", { scope: "col" }, `${about.down.title} \\ ${about.across.title}`), ...across.map((value, index) => element("th", { scope: "col", class: "across" }, name(result.across, about.across, value, index))));
    const rows = down.map((row, place) => {
      const line = across.map((column) => {
        const one = cells.get(`${column} ${row}`);
        const made = element("td", { class: "heat" }, element("b", {}, text(one.value)), element("small", {}, one.low === null ? "" : `${text(one.low)}–${text(one.high)}`));
        if (one.value !== null) made.style.setProperty("--heat-share", `${(60 * Math.max(0, one.value / most)).toFixed(1)}%`);
        if (one.n_failed) made.append(element("small", {}, `${one.n_failed} lost`));
        return made;
      });
      return element("tr", {}, element("th", { scope: "row" }, name(result.down, about.down, row, place)), ...line);
    });
    const title = about.arms[arm] ?? arm;
    return element(
      "section",
      { class: "card panel" },
      element("h3", {}, title),
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Map: ${title}` }, element("table", { class: "heatmap" }, element("thead", {}, head), element("tbody", {}, ...rows.reverse()))),
    );
  });
  find("panels").replaceChildren(...panels);
  find("made-from").textContent = `model ${Object.values(result.model)[0].slice(0, 12)}, draw ${result.seed}`;
}

function restore() {
  form.fromHash(location.hash.slice(1));
  say();
  job.restore(new URLSearchParams(location.hash.slice(1)).get("job"));
}

window.addEventListener("hashchange", restore);
restore();
