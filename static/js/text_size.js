// Applies the reader's chosen text size before the first paint; hence a plain script in the head.
try {
  if (localStorage.getItem("text-size") === "large") {
    document.documentElement.dataset.text = "large";
  }
} catch {
  // Storage may be refused by the browser; the page then keeps its normal size.
}
