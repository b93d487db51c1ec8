// A job of the server's, from its start to its result: progress, cancel, and coming back to it by the address of the page.
import { find } from "./bench.js";
import { Notices } from "./notices.js";
import { ask } from "./request.js";
import { number } from "./words.js";

const ENDED = ["finished", "failed", "cancelled"];
const STATES = { waiting: "Waiting for its turn.", running: "Running.", finished: "Finished.", failed: "It failed.", cancelled: "Cancelled; nothing of it is kept." };

export class JobFollower {
  id = null;
  #stream = null;
  #notices = new Notices(find("notices"));

  // body(): what is asked, or null if it cannot be; changed(): the job is another one; draw(result): it is finished.
  constructor({ body, changed, draw, counted }) {
    Object.assign(this, { body, changed, draw, counted });
    find("start").addEventListener("click", () => this.#start());
    find("cancel").addEventListener("click", () => this.#cancel());
  }

  async #start() {
    const body = this.body();
    if (!body) return;
    find("start").disabled = true;
    try {
      const taken = await ask("/api/v1/jobs", { body, onWait: () => this.#notices.wait("Compiling the model; this takes some seconds, once.") });
      this.#notices.clear();
      find("results").hidden = true;
      this.follow(taken.id);
    } catch (error) {
      this.#notices.failed(error, null);
    } finally {
      find("start").disabled = false;
    }
  }

  // Come back to a job that an address names.
  restore(id) {
    if (id && /^[\w-]{24}$/.test(id) && id !== this.id) this.follow(id);
  }

  follow(id) {
    this.#stream?.close();
    this.id = id;
    this.changed();
    find("nothing").hidden = true;
    find("job").hidden = false;
    find("job-words").textContent = "Asking how far it is\u2026";
    this.#stream = new EventSource(`/api/v1/jobs/${id}/events`);
    this.#stream.addEventListener("progress", (event) => this.#show(JSON.parse(event.data)));
    this.#stream.addEventListener("error", () => this.#lost(id));
  }

  // A stream that breaks comes back by itself; one that was refused does not, and the job is asked for the reason.
  async #lost(id) {
    if (this.#stream.readyState !== EventSource.CLOSED) {
      find("job-note").textContent = "The server does not answer; the job goes on once it is back.";
      return;
    }
    try {
      const state = await ask(`/api/v1/jobs/${id}`);
      this.#show(state);
      if (!ENDED.includes(state.state)) setTimeout(() => this.follow(id), 2000);
    } catch (error) {
      find("job").hidden = true;
      find("nothing").hidden = false;
      this.id = null;
      this.changed();
      this.#notices.failed(error, null);
    }
  }

  #show(state) {
    document.body.dataset.job = state.state;
    const ended = ENDED.includes(state.state);
    const count = state.done ? `${number(state.done)} of ${number(state.total)} ${this.counted}.` : "";
    find("job-words").textContent = `${STATES[state.state]} ${count}`.trim();
    find("progress").value = state.total ? state.done / state.total : 0;
    find("progress").hidden = ended && state.state !== "finished";
    find("cancel").hidden = ended;
    find("job-note").textContent = ended ? "" : `About ${number(Math.max(1, Math.round(state.expected_seconds)))} s of one core in all. ${state.note ?? ""}`.trim();
    if (!ended) return;
    this.#stream?.close();
    if (state.failure) this.#notices.failed(state.failure, null);
    if (state.state === "finished") this.#results(state.id);
  }

  async #cancel() {
    find("cancel").disabled = true;
    try {
      this.#show(await ask(`/api/v1/jobs/${this.id}`, { method: "DELETE" }));
    } catch (error) {
      this.#notices.failed(error, null);
    } finally {
      find("cancel").disabled = false;
    }
  }

  async #results(id) {
    try {
      this.draw(await ask(`/api/v1/jobs/${id}/result.json`));
      for (const link of document.querySelectorAll("[data-result]")) link.href = `/api/v1/jobs/${id}/result.${link.dataset.result}`;
      find("results").hidden = false;
    } catch (error) {
      this.#notices.failed(error, () => this.#results(id));
    }
  }
}
