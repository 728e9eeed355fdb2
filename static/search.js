// Counts and facets come after the results, from an address of their own.  Without script the link leads there.
const place = document.querySelector("#counts[data-from]");
if (place) {
  fetch(place.dataset.from, { credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))))
    .then((text) => {
      const found = new DOMParser().parseFromString(text, "text/html").querySelector("#counts");
      if (found) place.replaceWith(document.importNode(found, true));
    })
    .catch(() => {}); // the link stays
}
