// The big price follows the chosen pack, and no more can be asked for than is left of it.
for (const form of document.querySelectorAll("form[data-product]")) {
  const price = form.querySelector("[data-price]");
  const quantity = form.elements.namedItem("quantity");

  form.addEventListener("change", (event) => {
    const chosen = event.target;
    if (chosen.name !== "sku") {
      return;
    }
    const written = chosen.closest("label").querySelector("template");
    price.replaceChildren(written.content.cloneNode(true));
    if (quantity) {
      quantity.max = chosen.dataset.max;
      quantity.value = Math.min(Number(quantity.value) || 1, Number(chosen.dataset.max));
      quantity.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
}
