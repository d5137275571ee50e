/* Shows the interface's document; the bundle before this one defines SwaggerUIBundle. */

const place = document.querySelector("#document");

window.SwaggerUIBundle({
  url: place.dataset.address,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  // Signed-in readers try things out as themselves; nothing is kept in the browser.
  withCredentials: true,
  persistAuthorization: false,
  validatorUrl: null,
});
