// Remembers in this browser who reviews. On arrival it tells a remembered name that differs from the one in use; once
// somebody has said who he is (`sure`), it keeps that name, or none.
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

const told = new WeakSet(); // where it was told: each telling makes the page run again

export default function ({ data, parentElement, setStateValue }) {
  const name = data?.name ?? "";
  if (data?.sure || !remembered()) keep(name);
  else if (remembered() !== name && !told.has(parentElement)) {
    told.add(parentElement);
    setStateValue("name", remembered());
  }
}
