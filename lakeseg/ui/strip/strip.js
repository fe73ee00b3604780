// A row of thumbnails. Each run rebuilds the buttons: a dozen nodes, and nothing to clean up.
function tile(item, current, pick) {
  const button = document.createElement("button");
  button.type = "button";
  if (item.lake === current) button.setAttribute("aria-current", "true");
  button.dataset.lake = item.lake;
  button.title = `${item.lake} · ${item.text}`;
  const picture = document.createElement("img");
  picture.src = `data:image/webp;base64,${item.webp}`;
  picture.alt = "";
  const name = document.createElement("span");
  name.textContent = item.lake;
  const text = document.createElement("span");
  text.className = "text";
  text.textContent = item.text;
  button.append(picture, name, text);
  button.onclick = () => pick(item.lake);
  return button;
}

export default function strip(component) {
  const { data, parentElement, setTriggerValue } = component;
  const row = parentElement.querySelector(".strip");
  const pick = (lake) => setTriggerValue("lake", lake);
  row.replaceChildren(...data.items.map((item) => tile(item, data.current, pick)));
  const marked = row.querySelector("[aria-current]");
  if (marked) row.scrollLeft = marked.offsetLeft - row.offsetLeft - (row.clientWidth - marked.offsetWidth) / 2;
}
