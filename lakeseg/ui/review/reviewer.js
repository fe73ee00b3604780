// Remembers in this browser who reviews. On arrival it tells a remembered name; later it keeps the name in use.
const PLACE = "lakeseg.reviewer";

function remembered() {
  try {
    return localStorage.getItem(PLACE) ?? "";
  } catch {
    return ""; // the browser keeps nothing
  }
}

function keep(name) {
  try {
    if (name) localStorage.setItem(PLACE, name);
    else localStorage.removeItem(PLACE);
  } catch {
    // as above
  }
}

const arrived = new WeakSet();

export default function ({ data, parentElement, setStateValue }) {
  const first = !arrived.has(parentElement);
  arrived.add(parentElement);
  const name = data?.name ?? "";
  if (!first || name) keep(name);
  else if (remembered()) setStateValue("name", remembered());
}
