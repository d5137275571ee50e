// Tells the shop at which place of a search the product stood that somebody went on to.
const found = document.querySelector("[data-searched]");

found?.addEventListener("click", (event) => {
  const link = event.target.closest(".card-name a");
  const cards = [...found.querySelectorAll(".card-name a")];
  if (!link) {
    return;
  }
  const body = new URLSearchParams({
    q: found.dataset.searched,
    place: String(cards.indexOf(link) + 1),
    csrf_token: document.querySelector("input[name=csrf_token]")?.value ?? "",
  });
  fetch("/search/picked", { method: "POST", body, keepalive: true }).catch(() => {});
});
