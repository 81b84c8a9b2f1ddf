// Offers the browser's position to the form of the page "near me"; the form works without it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-near]");
  const button = form && form.querySelector("button[data-locate]");
  if (!button || !navigator.geolocation) return;
  const said = form.querySelector("[data-located]");
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = said.dataset.asking;
    navigator.geolocation.getCurrentPosition(
      (found) => {
        form.elements.lat.value = found.coords.latitude.toFixed(5);
        form.elements.lon.value = found.coords.longitude.toFixed(5);
        said.textContent = "";
        form.requestSubmit();
      },
      () => { said.textContent = said.dataset.refused; },
      { maximumAge: 60000, timeout: 15000 },
    );
  });
})();
