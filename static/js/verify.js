// Computes the SHA-256 of a chosen or dropped PDF on the device; the form works without it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-verify]");
  if (!form || !window.crypto || !crypto.subtle) return;
  const part = form.querySelector("[data-file]");
  const input = part.querySelector("input");
  const said = part.querySelector("[data-said]");
  const check = async (file) => {
    try {
      const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      form.elements.code.value = [...new Uint8Array(digest)]
        .map((byte) => byte.toString(16).padStart(2, "0")).join("");
      said.textContent = "";
      form.requestSubmit();
    } catch {
      said.textContent = said.dataset.failed;
    }
  };
  part.hidden = false;
  input.addEventListener("change", () => { if (input.files[0]) check(input.files[0]); });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) check(event.dataTransfer.files[0]);
  });
})();
