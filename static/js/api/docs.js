// Shows the OpenAPI document named by #api-docs[data-src]. The bundle before this module defines SwaggerUIBundle.
const place = document.getElementById("api-docs");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
followScheme();
dark.addEventListener("change", followScheme);

window.SwaggerUIBundle({
  url: place.dataset.src,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  // Signed-in readers try things out as themselves; nothing is kept in the browser.
  withCredentials: true,
  persistAuthorization: false,
  // Asking an outside validator about the document would be a request to another host.
  validatorUrl: null,
});
