// Light or dark: what the reader chose, else what the system asks for. Loaded before anything is painted.
(() => {
  const kept = "acinus-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem(kept);
    } catch {
      return null; // storage can be forbidden; then the system decides
    }
  };
  const current = () => chosen() ?? (system.matches ? "dark" : "light");
  const apply = () => {
    root.dataset.theme = current();
    const button = document.querySelector("[data-theme-button]");
    if (button) button.textContent = current() === "dark" ? "Light" : "Dark";
    if (button) button.setAttribute("aria-label", `Switch to ${current() === "dark" ? "light" : "dark"} colours`);
  };
  apply();
  system.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    // On a phone the names of the views do not all fit; the present one is brought into sight.
    document.querySelector(".views [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    document.querySelector("[data-theme-button]")?.addEventListener("click", () => {
      try {
        localStorage.setItem(kept, current() === "dark" ? "light" : "dark");
      } catch {
        root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
        return;
      }
      apply();
    });
  });
})();
