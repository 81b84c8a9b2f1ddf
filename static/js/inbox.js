// Counts what is picked in the inbox.
(() => {
  "use strict";
  const shown = document.querySelector("[data-picked]");
  if (!shown) return;
  const show = () => {
    const picked = document.querySelectorAll('input[name="pick"]:checked').length;
    shown.textContent = `${shown.dataset.words} ${picked}`;
  };
  document.addEventListener("change", show);
  show();
})();
