// A figure drawn by this program: SVG that holds no word of a session and no script.
export default function ({ data, parentElement }) {
  const place = parentElement.querySelector("figure");
  if (!place || !data) return;
  const drawn = new DOMParser().parseFromString(data.svg, "image/svg+xml").documentElement;
  const title = document.createElement("strong"), said = document.createElement("figcaption");
  title.textContent = data.title;
  said.textContent = data.said;
  const fine = drawn.nodeName === "svg" && !drawn.querySelector("script, foreignObject, image, use, a");
  place.replaceChildren(title, said, ...(fine ? [document.importNode(drawn, true)] : []));
}
