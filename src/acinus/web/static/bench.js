// A bench: settings, the course that follows from them, and one kept beside it. All of it stands in the address of the page.
import { Notices } from "./notices.js";
import { Newest } from "./request.js";
import { SettingsForm } from "./settings_form.js";

const KEPT = "with"; // in the address: the settings that are compared with

export const find = (name) => document.querySelector(`[data-part="${name}"]`);

export class Bench {
  now = null;
  kept = null;
  keptHash = null;
  keptWords = "";
  #runs = new Newest();
  #keptRuns = new Newest();
  #notices = new Notices(find("notices"));

  // question(values): what is asked of `path`; words(values): the settings in short; draw(): something changed;
  // answered(settled): a new course is there; idle(values): ids of fields that have no meaning now.
  // drafts: whether a slider that is still moving asks for a quick answer, as exact as a picture needs.
  constructor({ path, question, words, draw, answered = () => undefined, idle = () => [], drafts = false }) {
    Object.assign(this, { path, question, words, draw, answered, idle, drafts });
    const form = document.querySelector("[data-settings]");
    this.opening = form.dataset.opening;
    this.form = new SettingsForm(form, (settled) => {
      if (settled) this.remember(); // an address for every pixel of a slider would flood the history
      this.refresh(settled);
    });
    find("keep").addEventListener("click", () => this.#keep());
    find("drop").addEventListener("click", () => this.#drop());
    find("share").addEventListener("click", () => this.#share());
    window.addEventListener("hashchange", () => this.restore());
    // On a narrow screen only what matters most is unfolded at first.
    if (matchMedia("(max-width: 61.99rem)").matches) for (const group of document.querySelectorAll("[data-fold]")) group.open = false;
  }

  get asked() {
    return this.question(this.form.values());
  }

  get settingWords() {
    return this.words(this.form.values());
  }

  // Every course that is shown: the present one, and the kept one if there is one.
  get shown() {
    return [this.now, this.kept].filter(Boolean);
  }

  async refresh(settled) {
    const idle = this.idle(this.form.values());
    for (const field of this.form.fields) this.form.idle(field.id, idle.includes(field.id));
    if (!this.form.valid) return;
    const begun = performance.now();
    document.body.classList.add("waiting");
    try {
      const body = this.drafts && !settled ? { ...this.asked, draft: true } : this.asked;
      const result = await this.#runs.ask(this.path, { body, onWait: (status) => this.#wait(status) });
      if (!result) return;
      this.#notices.clear();
      this.now = result;
      this.redraw();
      document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
      performance.measure("acinus-curve", { start: begun, end: performance.now() });
    } catch (error) {
      this.#notices.failed(error, () => this.refresh(true));
      find("results").classList.add("stale");
      document.body.classList.remove("waiting");
      return;
    }
    document.body.classList.remove("waiting");
    this.answered(settled);
  }

  redraw() {
    if (!this.now) return;
    find("results").hidden = false;
    find("results").classList.remove("stale");
    find("first").hidden = true;
    find("drop").hidden = !this.kept;
    find("keep").textContent = this.kept ? "Keep these instead" : "Keep to compare";
    this.draw();
  }

  remember() {
    const kept = this.keptHash === null ? "" : `${KEPT}=${encodeURIComponent(this.keptHash)}`;
    history.replaceState(null, "", `#${[this.form.toHash(), kept].filter(Boolean).join("&")}`);
    this.#markExample();
  }

  async restore() {
    const address = location.hash.slice(1) || this.opening;
    const kept = new URLSearchParams(address).get(KEPT);
    this.form.fromHash(address);
    this.#markExample();
    if (kept === null) this.kept = this.keptHash = null;
    else if (kept !== this.keptHash) await this.#restoreKept(kept);
    this.refresh(true);
  }

  async #restoreKept(hash) {
    const now = this.form.toHash();
    this.form.fromHash(hash);
    const [body, words] = [this.asked, this.settingWords];
    this.form.fromHash(now);
    try {
      const result = await this.#keptRuns.ask(this.path, { body, onWait: (status) => this.#wait(status) });
      if (result) Object.assign(this, { kept: result, keptHash: hash, keptWords: words });
    } catch (error) {
      this.#notices.failed(error, null);
    }
  }

  #wait(status) {
    this.#notices.wait(status === 503 ? "Compiling the model; this takes some seconds, once." : "Many questions at once; the server asks to wait a moment.");
  }

  #markExample() {
    const same = (text) => new URLSearchParams(text).toString();
    const here = same(location.hash.slice(1) || this.opening);
    for (const link of document.querySelectorAll(".examples a"))
      if (same(link.hash.slice(1)) === here) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
  }

  #keep() {
    Object.assign(this, { kept: this.now, keptHash: this.form.toHash(), keptWords: this.settingWords });
    this.remember();
    this.redraw();
  }

  #drop() {
    Object.assign(this, { kept: null, keptHash: null });
    this.remember();
    this.redraw();
    find("keep").focus();
  }

  async #share() {
    this.remember();
    try {
      await navigator.clipboard.writeText(location.href);
      find("share-done").textContent = "Link copied.";
    } catch {
      find("share-done").textContent = "The address of this page holds the settings; copy it from the address bar.";
    }
  }
}
