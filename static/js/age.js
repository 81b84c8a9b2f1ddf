// Turns the absolute times marked data-age into "3 minutes ago" for up to a day, and keeps them true.
(() => {
  "use strict";
  const units = [["second", 60], ["minute", 60], ["hour", 24]];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const marked = document.querySelectorAll("time[data-age]");
  const show = () => {
    for (const time of marked) {
      let age = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if (Number.isNaN(age)) continue;
      time.title ||= time.textContent;
      if (age < 0) age = 0;
      let shown = time.title;
      for (const [unit, size] of units) {
        if (age < size) {
          shown = words.format(-Math.floor(age), unit);
          break;
        }
        age /= size;
      }
      if (time.textContent !== shown) time.textContent = shown;
    }
  };
  if (marked.length) {
    show();
    setInterval(show, 10000);
  }
})();
