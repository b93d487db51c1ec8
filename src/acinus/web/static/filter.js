// Show of a list what fits every word of a search and every choice; the search stands in the address, so that it can be shared.

export function filterList(form, items, count, none, what) {
  const entries = [...items].map((item) => ({ item, words: item.dataset.words }));

  const apply = () => {
    const asked = Object.fromEntries(new FormData(form));
    const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { item, words: text } of entries) {
      const fits = words.every((word) => text.includes(word)) && Object.entries(asked).every(([key, value]) => key === "q" || !value || item.dataset[key] === value);
      item.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${entries.length} ${what}`;
    if (none) none.hidden = shown > 0;
    const kept = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    history.replaceState(null, "", kept.size ? `#${kept}` : location.pathname);
  };

  const restore = () => {
    for (const [key, value] of new URLSearchParams(location.hash.slice(1))) if (form.elements[key]) form.elements[key].value = value;
    apply();
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", restore);
  restore();
}
