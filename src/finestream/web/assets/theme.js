// Before anything is drawn: the choice of light or dark that was made here before.
(() => {
  try {
    const chosen = localStorage.getItem("finestream-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch { /* a browser that keeps nothing: as the system is */ }
})();
