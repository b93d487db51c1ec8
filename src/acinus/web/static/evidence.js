// The list of statements is filtered as one types; a page that waits for checks looks for their end.
import { filterList } from "./filter.js";

const form = document.querySelector('[data-part="filter"]');
if (form) filterList(form, document.querySelectorAll("[data-words]"), document.querySelector('[data-part="found"]'), document.querySelector('[data-part="none"]'), "statements");

const waiting = document.querySelector('[data-part="checking"]');
if (waiting) {
  const note = document.querySelector('[data-part="checking-note"]');
  const look = async () => {
    try {
      const found = await (await fetch("/evidence/progress")).json();
      note.textContent = found.note;
      if (found.ended) {
        location.reload();
        return;
      }
    } catch {
      note.textContent = "The server does not answer.";
    }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1500);
}
