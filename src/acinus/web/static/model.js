// Modules and numbers are filtered as one types; a system without a module that fits is hidden.
import { filterList } from "./filter.js";

const form = document.querySelector('[data-part="filter"]');
const systems = document.querySelectorAll('[data-part="system"]');
const hideEmpty = () => {
  for (const system of systems) system.hidden = !system.querySelector("[data-words]:not([hidden])");
};
form.addEventListener("input", () => queueMicrotask(hideEmpty));
filterList(form, document.querySelectorAll("[data-words]"), document.querySelector('[data-part="found"]'), document.querySelector('[data-part="none"]'), systems.length ? "modules" : "numbers");
hideEmpty();
