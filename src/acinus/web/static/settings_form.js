// The form of settings: sliders and their number boxes agree, values go to and from the address of the page.

export class SettingsForm {
  constructor(form, onChange) {
    this.form = form;
    this.fields = [...form.querySelectorAll("[data-input]")].map((box) => ({
      id: box.dataset.input,
      box,
      slider: box.querySelector("input[type=range]"),
      entry: box.querySelector("input[type=number], select"),
      fault: box.querySelector(".fault"),
      fallback: box.dataset.default,
    }));
    for (const field of this.fields) {
      field.slider?.addEventListener("input", () => {
        field.entry.value = field.slider.value;
        this.#paint(field);
        onChange(false);
      });
      field.slider?.addEventListener("change", () => onChange(true));
      field.entry.addEventListener("input", () => {
        if (field.slider && field.entry.value !== "") field.slider.value = field.entry.value;
        this.#paint(field);
        if (this.#check(field)) onChange(field.entry.type !== "number");
      });
      field.entry.addEventListener("change", () => {
        if (this.#check(field)) onChange(true);
      });
      this.#paint(field);
    }
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  get valid() {
    return this.fields.every((field) => this.#check(field));
  }

  values() {
    return Object.fromEntries(this.fields.map((field) => [field.id, this.#read(field)]));
  }

  // The dose, and what differs from the default, stand in the address; an empty address is for the opening.
  toHash() {
    const kept = new URLSearchParams();
    for (const [index, field] of this.fields.entries())
      if (!index || field.entry.value !== field.fallback) kept.set(field.id, field.entry.value);
    return kept.toString();
  }

  // What an address says; what it does not name has its default, what it names wrongly is left at the default.
  fromHash(text) {
    const given = new URLSearchParams(text);
    for (const field of this.fields) {
      this.#write(field, given.get(field.id) ?? field.fallback);
      if (!this.#check(field)) this.#write(field, field.fallback);
      this.#paint(field);
      this.#check(field);
    }
  }

  idle(id, yes) {
    const field = this.fields.find((one) => one.id === id);
    if (!field) return;
    field.box.classList.toggle("idle", yes);
    for (const input of [field.slider, field.entry]) if (input) input.disabled = yes;
  }

  // The words of a choice that is made.
  chosen(id) {
    const field = this.fields.find((one) => one.id === id);
    return field?.entry.selectedOptions?.[0]?.textContent.trim() ?? "";
  }

  #read({ entry }) {
    return entry.type === "number" ? Number(entry.value) : entry.value;
  }

  #write(field, text) {
    field.entry.value = text;
    if (field.slider) field.slider.value = text;
    if (field.entry.tagName === "SELECT" && field.entry.selectedIndex < 0) field.entry.value = field.fallback;
  }

  #paint({ slider }) {
    if (!slider) return;
    const share = (slider.value - slider.min) / (slider.max - slider.min);
    slider.style.setProperty("--filled", `${(100 * share).toFixed(2)}%`);
  }

  #check({ entry, fault }) {
    if (entry.type !== "number") return true;
    const value = Number(entry.value);
    const good = entry.value !== "" && Number.isFinite(value) && value >= Number(entry.min) && value <= Number(entry.max);
    entry.setAttribute("aria-invalid", String(!good));
    if (fault) {
      fault.textContent = good ? "" : `A number from ${entry.min} to ${entry.max}.`;
      fault.hidden = good;
    }
    return good;
  }
}
