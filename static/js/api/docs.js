// Shows the OpenAPI document named by #api-docs[data-src]. The bundle is loaded before this module as a plain script.
const place = document.getElementById("api-docs");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
followScheme();
dark.addEventListener("change", followScheme);

window.SwaggerUIBundle({
  url: place.dataset.src,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  tryItOutEnabled: false,
  // Asking an outside validator about the document would be a request to another host.
  validatorUrl: null,
});
