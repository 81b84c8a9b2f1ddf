// Says on the page when a passkey was refused; the library would only write to the console.
document.addEventListener("allauth.error", (event) => {
  const note = document.getElementById("passkey_failed");
  if (!note) return;
  event.preventDefault();
  note.hidden = false;
  note.focus();
});
