// Beside the list a tick narrows it at once; on the phone's sheet the button does.
const beside = window.matchMedia("(min-width: 60rem)");

for (const form of document.querySelectorAll("form[data-narrow]")) {
  form.addEventListener("change", () => {
    if (beside.matches) {
      form.requestSubmit();
    }
  });
  // Addresses stay short: what was left empty is not asked for.
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) {
      if (value === "") {
        event.formData.delete(name);
      }
    }
  });
}
