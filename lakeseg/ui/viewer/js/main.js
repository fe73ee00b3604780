// Streamlit calls the default export at the first mount and again with every change of data or theme.

import { readMessage } from "./decode.js";
import { newMemory } from "./memory.js";
import { Viewer } from "./viewer.js";

const viewers = new WeakMap(); // mount point -> viewer
const newest = new WeakMap(); // mount point -> what the newest call returned
const memories = new Map(); // the page's key of a viewer -> what it remembers

function memoryOf(bytes) {
  const { name } = readMessage(bytes).header;
  if (!memories.has(name)) memories.set(name, newMemory());
  return memories.get(name);
}

export default function mount({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  let viewer = viewers.get(parentElement);
  if (viewer?.root !== root) {
    viewer?.destroy();
    viewer = new Viewer(root, memoryOf(data));
    viewers.set(parentElement, viewer);
  }
  viewer.update(data, setStateValue);
  // Streamlit takes back a call that newer data overtook before it was answered, as while this module loads: it runs
  // what that call returned, after the newer call. Only what the newest returned says that the viewer is gone.
  const leave = () => {
    if (newest.get(parentElement) !== leave) return;
    viewer.destroy();
    viewers.delete(parentElement);
  };
  newest.set(parentElement, leave);
  return leave;
}
