// The search box as a combobox (WAI-ARIA): a list of what may be meant while somebody types.
// Without this script the box is a plain form.
const WAIT_MS = 120;
const input = document.getElementById("site-search");

if (input) {
  const list = document.createElement("div");
  list.id = "site-search-list";
  list.className = "suggest";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  list.hidden = true;
  input.closest("form").append(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) {
    input.setAttribute(name, value);
  }

  let timer = 0;
  let asked = null;
  let active = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const move = (to) => {
    const all = options();
    if (!all.length) {
      return;
    }
    active = (to + all.length + 1) % (all.length + 1);
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    if (active < all.length) {
      input.setAttribute("aria-activedescendant", all[active].id);
      all[active].scrollIntoView({ block: "nearest" });
    } else {
      // Between the last and the first stands what was typed.
      active = -1;
      input.removeAttribute("aria-activedescendant");
    }
  };

  const ask = async () => {
    const typed = input.value.trim();
    asked?.abort();
    if (!typed) {
      close();
      return;
    }
    asked = new AbortController();
    try {
      const answer = await fetch(`/search/suggest?${new URLSearchParams({ q: typed })}`, {
        signal: asked.signal,
      });
      if (!answer.ok || document.activeElement !== input) {
        return;
      }
      list.innerHTML = await answer.text();
      options().forEach((option, place) => {
        option.id = `${list.id}-${place}`;
      });
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = options().length === 0;
      input.setAttribute("aria-expanded", String(!list.hidden));
    } catch (error) {
      if (error.name !== "AbortError") {
        close();
      }
    }
  };

  input.addEventListener("input", (event) => {
    // Letters of an input method are not words yet.
    if (event.isComposing) {
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("compositionend", ask);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        ask();
      } else {
        move(event.key === "ArrowDown" ? active + 1 : active < 0 ? options().length - 1 : active - 1);
      }
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      location.assign(options()[active].dataset.href);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) {
      location.assign(option.dataset.href);
    }
  });
  input.addEventListener("blur", close);
}
