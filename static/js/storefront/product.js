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

// Phones know how to hand a link on; where they do not, the address stands there to copy.
for (const button of document.querySelectorAll("[data-share]")) {
  if (navigator.share) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.share({ title: button.dataset.shareTitle, url: button.dataset.share }).catch(() => {});
    });
  }
}

// A link to what is folded away opens it.
function openTarget() {
  const target = document.querySelector("details:target");
  if (target) {
    target.open = true;
  }
}
window.addEventListener("hashchange", openTarget);
openTarget();
