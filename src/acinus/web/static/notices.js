// What is awaited and what went wrong, in a place that screen readers watch.
import { element } from "./words.js";

export class Notices {
  constructor(host) {
    this.host = host;
  }

  clear() {
    if (this.host.firstChild) this.host.replaceChildren();
  }

  wait(words) {
    if (this.host.dataset.words === words && this.host.firstChild) return;
    this.host.dataset.words = words;
    this.host.replaceChildren(element("p", { class: "notice wait turning-line" }, element("span", { class: "turning" }, words)));
  }

  failed(error, again) {
    this.host.dataset.words = "";
    const button = again ? element("button", { type: "button" }, "Try again") : null;
    button?.addEventListener("click", again);
    this.host.replaceChildren(
      element(
        "div",
        { class: "notice bad", role: "alert" },
        element("strong", {}, [error.code, error.what ?? error.message].filter(Boolean).join(" ")),
        error.why ? element("span", {}, error.why) : null,
        error.remedy ? element("span", { class: "remedy" }, error.remedy) : null,
        button ? element("span", {}, button) : null,
      ),
    );
  }
}
