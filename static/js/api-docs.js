// Draws the description of the API; nothing is asked of any other server.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    deepLinking: true,
    validatorUrl: null,
    withCredentials: false,
    presets: [window.SwaggerUIBundle.presets.apis],
  });
});
